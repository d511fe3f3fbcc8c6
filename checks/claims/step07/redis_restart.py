"""The store keeps everything in memory: when it restarts without a file, all entries and logins are gone."""

import secrets

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site


@check(
    question="Are entries and logins still there after the store (Redis) was restarted?",
    shows="a restart of Redis loses everything",
    specification="https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/",
    by_hand="{curl} -s -m 5 {url}/ | grep -c '<li>'  # before and after a restart of Redis",
    bound=40.0,
    power="restart",
    hints={
        "entries": "Redis keeps nothing unless it is told to: `appendonly yes`, and a folder that stays.",
        "login": "The sessions are gone, the entries are not: do they lie in the same Redis, and without a "
        "lifetime that is over by now?",
        "unready": "Before the restart the entry or the login was not there.",
    },
)
def redis_restart(site: Site) -> Evidence:
    """Log in and sign, restart the store, look for both."""
    stores = site.processes("store")
    if not stores:
        return absent("there is no store")
    mark, visitor = secrets.token_hex(8), site.visitor()
    if visitor.log_in() is None or visitor.sign(mark) is None:
        return absent("there is nothing to log in to, or to sign")
    if not visitor.is_logged_in() or mark not in visitor.get("/").text:
        return broken("entry or login were not there before the restart", "unready")
    try:
        for store in stores:
            site.note(f"stop {store.name}")
            site.powers.stop(store.name, patience=15)
    finally:
        for store in stores:
            site.note(f"start {store.name}")
            site.powers.start(store.name, patience=15)
        site.wait_until_ready()
    if mark not in visitor.get("/").text:
        return broken("the entry is gone after the restart of the store", "entries")
    if not visitor.is_logged_in():
        return broken("the login is gone after the restart of the store", "login")
    return kept("entry and login are still there after the restart of the store")
