"""The app is started anew, and everyone is logged out: the key that signs the cookies was drawn anew, too."""

from concurrent.futures import ThreadPoolExecutor

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import LOG_IN_BY_HAND


@check(
    question="Is a visitor still logged in after the app was started anew?",
    shows="each update of the code logs everyone out",
    specification="https://flask.palletsprojects.com/en/stable/config/#SECRET_KEY; "
    "OWASP: Session Management Cheat Sheet",
    by_hand=LOG_IN_BY_HAND + "; read -t 60 -p 'Restart the app, then press Enter. ' x; "
    "{curl} -sm 5 -b \"$c\" {url}/ | grep -c 'Log out'",
    bound=40.0,
    power="restart",
    hints={
        "key": "What a login is checked against lives no longer than the process. Draw the key once and keep "
        "it in a file (or, where the server keeps the sessions, keep these outside of the process).",
    },
)
def login_survives(site: Site) -> Evidence:
    """Log in, stop and start every app, and look whether the cookie still counts."""
    visitor = site.visitor()
    if visitor.log_in() is None:
        return absent("there is no login")
    visitor.session_cookies()  # the login counts now, or it is trouble of another kind
    apps = [app.name for app in site.processes("app")]
    with ThreadPoolExecutor() as pool:  # at once, so that none of them can remember for the others
        list(pool.map(lambda name: start_anew(site, name), apps))
    site.wait_until_ready()
    if visitor.is_logged_in():
        return kept(f"the login has survived a new start of {', '.join(apps)}")
    return broken("after a new start of the app nobody knows the visitor any more", "key")


def start_anew(site: Site, name: str) -> None:
    """Stop a process in order, and start it."""
    try:
        site.note(f"stop {name}")
        site.powers.stop(name, patience=10)
    finally:
        site.powers.start(name, patience=10)
        site.note(f"{name} is started again")
