"""The guest book is in the app's memory: a restart, and everything that visitors wrote is gone."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site


@check(
    question="Is an entry still there after every app process was restarted?",
    shows="a restart loses what visitors wrote",
    specification="https://12factor.net/processes (processes are stateless and share nothing)",
    by_hand="{curl} -s -m 5 {url}/ | grep -c '<li>'  # before and after a restart of the apps",
    bound=60.0,
    power="restart",
    hints={
        "lost": "The entries are in the memory of a process. Keep them outside of the app: in Redis, "
        "in a database, or at least in a file.",
        "unsigned": "Not even before the restart was the entry on the page. Does each app keep a book of its "
        "own, or refuse the tokens of the others' forms (one SECRET_KEY for all)?",
    },
)
def entries_survive(site: Site) -> Evidence:
    """Sign; stop all apps, start all of them; look for the entry."""
    mark = secrets.token_hex(8)
    if site.visitor().sign(mark) is None:
        return absent("there is no form to sign with")
    if mark not in site.get(f"/?{mark}=before").text:  # an address of its own: a cached page may be older
        return broken("the entry is not on the page", "unsigned")
    restart_apps(site)
    if mark in site.get(f"/?{mark}=after").text:
        return kept("the entry is still there after every app was restarted")
    return broken("the entry is gone after the restart", "lost")


def restart_apps(site: Site) -> None:
    """Stop all, then start all: nobody lives on who could hand anything over."""
    apps = site.processes("app")
    try:
        site.note(f"stop {', '.join(app.name for app in apps)}")
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda app: site.powers.stop(app.name, patience=15), apps))
    finally:
        for app in apps:
            site.note(f"start {app.name}")
            site.powers.start(app.name, patience=15)
        site.wait_until_ready()
