# The image of step 07's nginx for a swarm: two differences from the one for Compose.
ARG IMAGE
FROM ${IMAGE}
USER root
# By Compose the folder for scratch files is a tmpfs with an owner; Swarm knows no owner, and gives a tmpfs the mode of the
# folder below it. So that folder is made writable for all, as /tmp is.
RUN chmod 1777 run/step07/tmp
# Swarm takes an app's name away two seconds before it tells the app to end. nginx must have asked again by then, or it
# sends visitors to an app that is closing.
RUN sed -i 's/\(resolver 127.0.0.11 valid\)=2s/\1=1s/' step07_load_balancing/nginx/nginx.conf.template \
 && grep -q 'valid=1s' step07_load_balancing/nginx/nginx.conf.template
USER nginx
