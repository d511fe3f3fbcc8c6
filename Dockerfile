# The two images of the course: `steps` runs every Python process, `nginx` is the official one with our files in it.
# What is slow and changes seldom stands above what is quick and changes often: a new line of code rebuilds in seconds.

# ---- the packages, checked against their hashes; pip itself stays behind in this stage
FROM python:3.13-slim AS packages
COPY requirements/site.txt /tmp/site.txt
RUN python -m venv --without-pip /opt/site \
 && pip --python /opt/site install --no-cache-dir --require-hashes --requirement /tmp/site.txt

# ---- the steps' code
FROM python:3.13-slim AS steps
# 101 is nginx's number in its image: what one container writes for nginx alone, a key say, nginx can read.
RUN groupadd --system --gid 101 course \
 && useradd --system --uid 101 --gid 101 --no-create-home --home-dir /nonexistent course
WORKDIR /srv
# A volume begins as a copy of the folder over which it is laid, owner included: so these exist.
RUN for folder in authority step04 step05 step06 step06/tls step06/acme step06/acme/certbot step06/acme/pebble step06/acme/webroot step07; \
    do install -d -o course -g course "run/$folder"; done
COPY --from=packages /opt/site /opt/site
COPY step01_socket_server step01_socket_server
COPY step02_http step02_http
COPY step03_wsgi step03_wsgi
COPY step04_flask step04_flask
COPY step05_nginx step05_nginx
COPY step06_tls step06_tls
COPY step07_load_balancing step07_load_balancing
# The file system is read-only for the steps, so Python need not try to keep its bytecode there.
ENV PATH=/opt/site/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 101:101

# ---- the same with the course's watcher of files, for docker-compose.dev.yml
FROM packages AS packages-for-development
COPY requirements/course.txt /tmp/course.txt
RUN pip --python /opt/site install --no-cache-dir --require-hashes --requirement /tmp/course.txt

FROM steps AS development
COPY --from=packages-for-development /opt/site /opt/site

# ---- what nginx serves by itself, made by the code that makes it natively
FROM steps AS published
# Only tmp/ is writable while nginx runs, so what it writes into its own folder is led there.
RUN for step in 05 06 07; do \
    python -c "from pathlib import Path; from step05_nginx.prepare import publish_files; publish_files(Path.cwd(), Path('run/step$step'))" \
 && for name in nginx.conf nginx.pid; do ln -s "tmp/$name" "run/step$step/$name"; done; done \
 && ln -s tmp/own_name.conf run/step06/own_name.conf

# ---- nginx with the concerns of steps 05 to 07; the official entry point fills in the main file's names
FROM nginx:1.30 AS nginx
WORKDIR /srv
COPY --from=published /srv/run run
COPY step05_nginx/nginx step05_nginx/nginx
COPY step06_tls/nginx step06_tls/nginx
COPY step07_load_balancing/nginx step07_load_balancing/nginx
USER 101:101
