# The image of step 07's nginx for a swarm: one difference from the one for Compose.
ARG IMAGE
FROM ${IMAGE}
USER root
# By Compose the folder for scratch files is a tmpfs with an owner; Swarm knows no owner, and gives a tmpfs the mode of the
# folder below it. So that folder is made writable for all, as /tmp is.
RUN chmod 1777 run/step07/tmp
USER nginx
