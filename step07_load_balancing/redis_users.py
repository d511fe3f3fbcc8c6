"""Who may ask Redis, and for what: one user with a password, which is drawn at the first start.

Redis listens on a socket that only this user of the machine can open; so why a password? Because the file's
mode guards one door only. An app that can be talked into opening a connection for a stranger opens the socket
too, but reads no file for them. And on the day on which somebody gives Redis a TCP port (a second machine, a
container) the lock is there already.

And why is the user not allowed everything? The apps read and write keys of their own. Whoever takes over an
app should not get FLUSHALL, or CONFIG SET, which lets Redis write files of the stranger's choice.
"""

import hashlib
from pathlib import Path

from step04_flask.secret import persistent_key
from step05_nginx import configuration
from step07_load_balancing.redis_client import PASSWORD

USERS = "redis_users.acl"  # redis.conf names it
# https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
# INFO is among the dangerous ones since it tells much; whoever watches Redis needs it.
RULES = "on #{hash} ~step07:* +@read +@write +@connection +@transaction -@dangerous +info"
# For whoever keeps Redis running: is it there? That much may be asked without a password.
HEALTH = "on nopass resetchannels -@all +ping"


def ensure(folder: Path) -> None:
    """The password, in a file that only its owner can read, and Redis' list of users, which has its hash."""
    password = persistent_key(folder / PASSWORD)
    # A hash without salt and slowness will do: nobody guesses 256 random bits.
    rules = RULES.format(hash=hashlib.sha256(password.encode()).hexdigest())
    configuration.write(folder / USERS, f"user default {rules}\nuser health {HEALTH}\n")
