"""How gunicorn runs my step 04. Settings: https://gunicorn.org/reference/settings/"""

from pathlib import Path

chdir = str(Path(__file__).parent)
worker_class = "gthread"
workers = 1  # the guest book is in the memory of the worker
threads = 8
control_socket_disable = True
# TODO 5: from whom is "X-Forwarded-Proto: https" believed? Here from everybody on this machine. Nobody stands
# between this server and its visitors, so nobody is to be believed: forwarded_allow_ips.
