"""How gunicorn runs the site: every setting with what it does, its default, and why this value.

Settings: https://gunicorn.org/reference/settings/ (gunicorn 27). Where to listen stands on the command line.
"""

import os
import signal

# The kind of worker. Default: "sync", one request at a time and no keep-alive. "gthread" answers each request
# in a thread of a pool, and watches idle kept-alive connections without spending a thread on them.
worker_class = "gthread"

# How many worker processes. Default: 1, or $WEB_CONCURRENCY. The guest book is in the memory of a worker, so
# a second worker would have a guest book of its own (the lesson shows it). Said here so that no variable
# changes it.
workers = 1

# Threads of each worker, so the number of requests that can be in work at once. Default: 1. Eight wait well
# (for a database, or for /slow); more would not compute faster, since one process computes in one thread at a
# time.
threads = 8

# Whether the app is imported once, before the workers are forked. Default: False. It saves memory where there
# are many workers; with one it saves nothing, and SIGHUP would go on running the old code: only the workers
# restart.
preload_app = False

# Seconds for which an idle connection is kept open for the visitor's next request. Default: 2. Enough for a
# page with its style sheet and picture. (A proxy in front wants it longer: see step 05.)
keepalive = 5

# Seconds without a sign of life from a worker before it is killed and replaced. Default: 30. A gthread worker
# gives that sign from its main loop: a slow request does not end it, a process that hangs as a whole does.
timeout = 30

# Seconds that a worker which is told to stop may take to finish its requests. Default: 30. The longest answer
# of this site (/slow) takes 30 seconds, so a reload lets even that one end.
graceful_timeout = 35

# From which peers "X-Forwarded-Proto: https" and the like are believed. Default: "127.0.0.1,::1", which fits
# a proxy on the same machine. Nothing stands in front of this step: whoever connects from here is a visitor,
# and with the default any of them could pretend to come over https. So nobody is believed.
forwarded_allow_ips = ""

# Where a worker keeps the file whose age is its sign of life (nameless, it is unlinked once open). Default:
# the system's folder for temporary files. A slow disk could delay the sign; memory does not, where Linux
# offers it.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None

# A socket that takes commands from gunicorn's own tool. Default: on, in the home folder. Nothing here uses
# it, and two gunicorns of one user would share one path.
control_socket_disable = True

# Where a line for each request goes. Default: nowhere. "-" is the standard output: who started the process
# decides what becomes of it.
accesslog = "-"

# What that line says. Default: the format of old web servers, which has the date and the browser's name, and
# lacks the time that the answer took.
access_log_format = '%(h)s "%(r)s" %(s)s %(B)s bytes %(M)s ms'


def post_worker_init(worker: object) -> None:
    """A hook, called in each new worker. Default: nothing.

    Ctrl-C reaches the master and its workers at once. Here the master alone hears it, and tells the workers
    to end now (SIGQUIT). Left to itself, a gthread worker first locks its pool of threads; if the signal
    comes while it hands a request to that pool, it has the lock already, and waits for itself until
    graceful_timeout is over (gunicorn 27.0.1). So here it ends on the spot. An orderly stop is SIGTERM.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, lambda *_: os._exit(0))
