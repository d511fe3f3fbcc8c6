# The one task runner: every target is one visible command. `make` alone lists them.
# Understood by GNU make 3.81 and newer (macOS has that one).

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv/bin/python
EACH_STEP := step01 step02 step03 step04 step05 step06 step07

# Packages come from .venv alone; a PYTHONPATH with some of them would make pip leave those out of it.
unexport PYTHONPATH PYTHONHOME

.NOTPARALLEL:
.PHONY: help up down doctor setup setup-dev test test-containers lint format listings lock trust untrust
.PHONY: check start matrix break
.PHONY: certificate renew local-certificate rolling-restart session-ladder clean bench bench-stack fuzz $(EACH_STEP)
.PHONY: survive abuse
.PHONY: load locust load-all predict
.PHONY: cluster-up cluster-kill cluster-start cluster-roll cluster-down cluster-trial cluster-stack

.DEFAULT:
	@echo "there is no target '$@'; make alone lists them" >&2; exit 2

help: ## list these targets
	@echo 'make TARGET     (settings: RUN=… STEP05_PORT=… NGINX=… REDIS_SERVER=… PYTHON=…)'
	@echo
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26
	@echo '  make step01 … step07    run one step in the foreground, with all that its processes write'

# ---- run

up: setup ## start all seven steps, print where they are; Ctrl-C stops them
	@$(VENV) -m launcher up

down: setup ## stop whatever was started, from any terminal
	@$(VENV) -m launcher down

$(EACH_STEP): setup
	@$(VENV) -m launcher run $@

doctor: setup ## say what is missing or in the way, and the command that mends it
	@$(VENV) -m launcher doctor

# ---- set up: the stamps say for which lock the virtual environment is complete

setup: .venv/course-is-installed ## make the virtual environment (the other targets do it by themselves)

setup-dev: .venv/dev-is-installed

.venv/course-is-installed: requirements/course.txt
	@sh launcher/set-up.sh course

.venv/dev-is-installed: requirements/dev.txt
	@sh launcher/set-up.sh dev

# What few targets need is installed when it is first needed. setup before it: both go into one environment.
.venv/acme-is-installed: requirements/acme.txt | setup
	@sh launcher/set-up.sh acme

.venv/load-is-installed: requirements/load.txt | setup
	@sh launcher/set-up.sh load

.venv-tls-grade/tls-grade-is-installed: requirements/tls-grade.txt
	@sh launcher/set-up.sh tls-grade .venv-tls-grade

# ---- test

test: setup-dev .venv/acme-is-installed .venv/kubernetes-is-installed .venv/load-is-installed .venv-tls-grade/tls-grade-is-installed ## every test, every listing and every command of the lessons
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m mypy .
	$(VENV) -m pytest -n 4 --dist worksteal --ignore tests/containers --ignore cluster/tests/test_cluster.py
	$(VENV) -m pytest tests/containers cluster/tests/test_cluster.py

test-containers: setup-dev ## the last part of the tests alone: the steps in containers (needs Docker)
	$(VENV) -m pytest tests/containers

lint: setup-dev ## the quick half of the tests: style and types
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m mypy .

listings: setup-dev ## copy the code into the lessons' listings, their titles above
	$(VENV) -m tests.listings --write
	$(VENV) -m tests.captions --write

# ---- compare and fuzz

# bjoern comes as source only: where it does not build, it is left out of the comparison.
bench: .venv/bench-is-installed ## compare the servers of steps 02 and 03 with others (BENCH=--help)
	@$(VENV) -m bench $(BENCH)

bench-stack: .venv/bench-is-installed ## compare steps 04 to 07 with what people copy (BENCH=--help)
	@$(VENV) -m bench.stack $(BENCH)

fuzz: .venv/fuzz-is-installed ## feed the reader of requests with random changes (FUZZ=--help)
	@$(VENV) -m step02_http.tests.fuzz $(FUZZ)

.venv/bench-is-installed: requirements/bench.txt requirements/bjoern.txt
	@sh launcher/set-up.sh bench
	-@$(VENV) -m pip install --quiet --require-hashes -r requirements/bjoern.txt 2>/dev/null || echo 'bjoern does not build here (it needs a C compiler and libev), and is left out'

.venv/kubernetes-is-installed: requirements/kubernetes.txt | setup-dev
	@sh launcher/set-up.sh kubernetes

.venv/fuzz-is-installed: requirements/fuzz.txt
	@sh launcher/set-up.sh fuzz

lock: ## write the locked requirements anew (needs uv)
	uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --group course --output-file requirements/course.txt
	uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --group site --constraint requirements/course.txt --output-file requirements/site.txt
	uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --group dev --constraint requirements/course.txt --output-file requirements/dev.txt
	uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --group acme --constraint requirements/course.txt --constraint requirements/dev.txt --output-file requirements/acme.txt
	uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --group tls-grade --output-file requirements/tls-grade.txt
	for group in load bench fuzz kubernetes; do uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --group $$group --constraint requirements/dev.txt --output-file requirements/$$group.txt || exit 1; done
	echo bjoern | uv pip compile --universal --generate-hashes --custom-compile-command 'make lock' --no-emit-index-url --upgrade --output-file requirements/bjoern.txt -

# ---- why each layer is there

# A setting as one word of the shell, whatever characters it has.
quoted = '$(subst ','\'',$(value $(1)))'

matrix: setup ## every check at every step (STEPS=… CHECKS=… TARGET=containers)
	@$(VENV) -m checks matrix --steps=$(call quoted,STEPS) --checks=$(call quoted,CHECKS) --target=$(call quoted,TARGET)

break: setup ## what a step breaks and the next one mends, act by act: STEP=04
	@PAUSE=$(call quoted,PAUSE) $(VENV) -m checks break --step=$(call quoted,STEP) --checks=$(call quoted,CHECKS) --target=$(call quoted,TARGET)

# ---- your own server

check: setup ## check your own server: STEP=02 URL=http://… (or CMD=…; JUNIT=… WATCH=…)
	@$(VENV) -m checks check --step=$(call quoted,STEP) --url=$(call quoted,URL) --cmd=$(call quoted,CMD) \
		--http-url=$(call quoted,HTTP_URL) --authority=$(call quoted,AUTHORITY) \
		--junit=$(call quoted,JUNIT) --watch=$(call quoted,WATCH)

start: setup ## lay out the beginnings of your own server in my/: STEP=02
	@$(VENV) -m checks start --step=$(call quoted,STEP)

# ---- what the running stack must bear

survive: setup ## what may happen to step07 under load, counted (EVENT=… GETS=…)
	@$(VENV) -m trials survive --events=$(call quoted,EVENT) --gets=$(call quoted,GETS)

abuse: setup ## what strangers may do to steps 05 to 07, measured (EVENT=…)
	@$(VENV) -m trials abuse --events=$(call quoted,EVENT)

# ---- how much it bears: the load lab

load: .venv/load-is-installed ## visitors in numbers for a running step: STEP=05 (USERS=… SCENARIO=… URL=…)
	@$(VENV) -m load run --step=$(call quoted,STEP) --url=$(call quoted,URL) --users=$(call quoted,USERS) --time=$(call quoted,TIME) --scenario=$(call quoted,SCENARIO) --processes=$(call quoted,PROCESSES) --i-own-this-server=$(call quoted,OWN) --keep-limits=$(call quoted,KEEP_LIMITS)

locust: .venv/load-is-installed ## locust's own page, with every step to choose from
	@$(VENV) -m load page --port=$(call quoted,PORT)

load-all: .venv/load-is-installed ## the same load over steps 02 to 07, and docs/load.md (SCENARIO=… ROUNDS=…)
	@$(VENV) -m load all --scenario=$(call quoted,SCENARIO) --time=$(call quoted,TIME) --rounds=$(call quoted,ROUNDS) --knees=$(call quoted,KNEES)

predict: .venv/load-is-installed ## three questions about a step, then its run under load: STEP=03 (ANSWERS=…)
	@$(VENV) -m load predict --step=$(call quoted,STEP) --answers=$(call quoted,ANSWERS) --time=$(call quoted,TIME)

# ---- beyond one machine (Linux, root, Docker): cluster/README.md

cluster-up: setup ## step 07 on a swarm of three nodes on this machine; Ctrl-C ends it
	@$(VENV) -m cluster up

cluster-kill: setup ## cut the power of a node: NODE=2
	@$(VENV) -m cluster kill --node=$(call quoted,NODE)

cluster-start: setup ## give it back: NODE=2
	@$(VENV) -m cluster start --node=$(call quoted,NODE)

cluster-roll: setup ## roll the sources as they are now out to the apps, one by one
	@$(VENV) -m cluster roll

cluster-down: setup ## end the cluster, from any terminal
	@$(VENV) -m cluster down

cluster-trial: setup ## lose nodes and roll updates out under load, and count (EVENT=…)
	@$(VENV) -m cluster trial --events=$(call quoted,EVENT)

cluster-stack: setup ## print the stack file, for a swarm of your own
	@$(VENV) -m cluster stack

# ---- the steps' own commands

trust: setup ## let this machine's browsers trust the course's certificates (step06)
	@$(VENV) -m step06_tls.trust

untrust: setup ## take that back
	@$(VENV) -m step06_tls.trust untrust

certificate: setup .venv/acme-is-installed ## a certificate by ACME for the running step06: certbot asks pebble
	@$(VENV) -m step06_tls.certbot certificate

renew: setup .venv/acme-is-installed ## the same certificate anew; nginx is reloaded
	@$(VENV) -m step06_tls.certbot renew

local-certificate: setup ## back to the local authority's certificate
	@$(VENV) -m step06_tls.certbot local

rolling-restart: setup ## replace step07's apps one by one, while it serves
	@$(VENV) -m step07_load_balancing.rolling_restart

session-ladder: setup ## the five ways to keep a session, and how each fails (step07)
	@$(VENV) -m step07_load_balancing.session_ladder

clean: down ## stop everything and remove the scratch folder
	@[ ! -d run/cluster ] || $(VENV) -m cluster down
	rm -rf run
