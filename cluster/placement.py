"""What only several machines ask: where each service runs, how it is replaced there, what it is given.

The name of a service is step07-nginx and the like; the part after the hyphen counts here.
"""

from typing import Any

# nginx leaves out an app for five seconds after it met it dying (fail_timeout), and knows a new one by its
# name after one more (resolver … valid=1s). Only then the next one may go.
BETWEEN = "7s"

ROLLING = {"parallelism": 1, "delay": BETWEEN, "monitor": "5s", "failure_action": "rollback"}

# The label of the one node on whose disk Redis' data lie.
STORE = "store"

PLACEMENT: dict[str, dict[str, Any]] = {
    # Three, on any node. The new one must be healthy before an old one goes (start-first); if it does not get
    # there, all go back to the image before.
    "app": {
        "replicas": 3,
        "update_config": {**ROLLING, "order": "start-first"},
        "rollback_config": {"parallelism": 0, "order": "start-first"},
    },
    # One on each node, behind the node's own port: a port has room for one, so the old one goes first.
    "nginx": {
        "mode": "global",
        "update_config": {**ROLLING, "order": "stop-first"},
        "rollback_config": {"parallelism": 1, "order": "stop-first"},
    },
    # One, on the node with the label: a volume lies on one node's disk and nowhere else.
    "redis": {
        "replicas": 1,
        "placement": {"constraints": [f"node.labels.{STORE} == true"]},
        "update_config": {**ROLLING, "order": "stop-first"},
    },
}

# While no Redis runs, its name is unknown, and on an internal network Docker's name server then gives no
# answer at all. Without this the C library waits for ten seconds, and with it every thread of the app:
# resolv.conf(5).
ENVIRONMENT = {"app": {"RES_OPTIONS": "timeout:1 attempts:1"}}

# Done once, before there is a cluster: `prepare` draws the keys and makes the certificate. By Compose it
# writes them into volumes, which all containers of one machine share. A volume of a node is no other node's:
# so here each file is a secret of the swarm, and each service gets only its own.
ONCE = {"prepare"}
USER = "101"  # of the steps and of nginx in their images
REDIS_USER = "999"

# service: (the folder that is a volume by Compose, the user who may read), and the files by their place after
# `prepare`
SECRETS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "app": ("/srv/run/step07", USER, ("step07/secret_key", "step07/redis_password")),
    "redis": ("/srv/run/step07", REDIS_USER, ("step07/redis_users.acl",)),
    "nginx": ("/srv/run/step06/tls", USER, ("step06/tls/fullchain.pem", "step06/tls/privkey.pem")),
}
