# A good update, for the trial: the same app, and its title says that it is another.
ARG IMAGE
FROM ${IMAGE}
USER root
RUN sed -i 's/"STEP_TITLE": "Load balancing",/"STEP_TITLE": "Load balancing, second edition",/' step07_load_balancing/app.py \
 && grep -q 'second edition' step07_load_balancing/app.py
USER course
