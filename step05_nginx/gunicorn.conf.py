"""How gunicorn runs behind nginx: step 04's settings, and what differs because a proxy stands in front.

Settings: https://gunicorn.org/reference/settings/ (gunicorn 27). Where to listen stands on the command line.
"""

from runpy import run_path

_below = run_path("step04_flask/gunicorn.conf.py")
globals().update({name: value for name, value in _below.items() if not name.startswith("_")})

# Seconds for which an idle connection is kept open. Step 04: 5. Here it must outlast nginx, which drops a
# connection that was idle for 30 s (nginx.conf.template). Were gunicorn the first to close, nginx could send
# a POST into a connection that is just being closed, and would have to answer 502: it cannot know whether the
# POST was done.
keepalive = 75

# Which bits are taken away from the modes of new files. Default: 0, so that any user of the machine could
# talk to the app through its socket, past nginx, and write the headers that the app believes. Now only this
# user can.
umask = 0o077

# Where a line for each request goes. Step 04: the standard output. Here nginx writes it, and knows more: the
# visitor, and how long the app took (logging.conf). A second line would cost a fifth of the app's work, since
# its threads wait for each other to write it (`make bench-stack`). So nowhere, which is the default.
accesslog = None
