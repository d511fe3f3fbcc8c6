"""How gunicorn runs step 04, solved. Settings: https://gunicorn.org/reference/settings/"""

from pathlib import Path

chdir = str(Path(__file__).parent)
worker_class = "gthread"
workers = 1  # the guest book is in the memory of the worker
threads = 8
control_socket_disable = True
forwarded_allow_ips = ""  # nobody stands between this server and its visitors
