# A bad update, for the trial: the app starts, and its health check never says that it is well.
ARG IMAGE
FROM ${IMAGE}
USER root
RUN printf '\n@app.before_request\ndef refuse() -> None:\n    raise RuntimeError("a bad update")\n' >> step07_load_balancing/wsgi.py
USER course
