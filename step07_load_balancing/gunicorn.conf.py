"""How gunicorn runs each of the three apps: step 05's settings, and what differs because there are three.

Settings: https://gunicorn.org/reference/settings/ (gunicorn 27). Where to listen stands on the command line.
"""

from runpy import run_path

_below = run_path("step05_nginx/gunicorn.conf.py")
globals().update({name: value for name, value in _below.items() if not name.startswith("_")})

# How many worker processes each app has. One, as in step 04, but no longer because it must be: the state is
# in Redis, and `workers = 4` would be right as well. It would use four cores; it would not survive the death
# of the app, nor an upgrade of its code. That is what three apps are for, so one worker each will do.
workers = 1

# The kind of worker. Step 04: "gthread". This is that one, but its answers leave in one piece: see worker.py.
worker_class = "step07_load_balancing.worker.OnePieceWorker"
