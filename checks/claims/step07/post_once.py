"""An app got a form and fell silent. Whoever sends the form to the next app may have it done twice."""

import secrets
import threading
import time
from contextlib import suppress

from checks.claim import Evidence, Trouble, absent, broken, check, kept
from checks.site import Site
from checks.visitor import Form, Visitor

SIGNATURES, ROUNDS = 9, 3
UNUSUAL = 1.5  # seconds: somebody waited for the frozen app
PATIENCE = 12.0
SETTLED = 2.0  # seconds after which an app that goes on has done what it had begun


@check(
    question="Is a form that an app got, and did not answer, never done twice?",
    shows="a proxy that tries again signs the guest book twice",
    specification="RFC 9110, 9.2.2 (a POST is not sent again by itself); https://nginx.org/r/proxy_next_upstream",
    by_hand="grep -rn non_idempotent .   # in the proxy's configuration: it sends forms again",
    bound=60.0,
    power="freeze",
    hints={
        "twice": "A form that one app may have done already was sent to another one. Leave out the word "
        "non_idempotent in proxy_next_upstream: the visitor gets an error, and decides.",
        "lost": "A signature that was confirmed (303) is not in the guest book.",
    },
)
def post_once(site: Site) -> Evidence:
    """Freeze the first app, have several visitors sign at once, let it go on; look for their entries."""
    apps, visitor = site.processes("app"), site.visitor(site.elsewhere())
    if len(apps) < 2:
        return absent("there is one app, so there is no other to which a form could be sent again")
    form = visitor.find_form("/sign", "/guestbook")
    if form is None:
        return absent("there is no form to sign with")
    marks: list[str] = []
    confirmed: list[str] = []
    try:
        site.note(f"freeze {apps[0].name}")
        site.powers.freeze(apps[0].name)
        for _ in range(ROUNDS):
            began = time.monotonic()
            marks += _sign_at_once(visitor, form, confirmed)
            if time.monotonic() - began > UNUSUAL:  # the frozen app got one of them
                break
            time.sleep(SETTLED)  # a proxy that met it frozen leaves it out for a while
    finally:
        site.note(f"let {apps[0].name} go on")
        site.powers.thaw(apps[0].name)
        site.wait_until_ready()
    return _judged(site, marks, confirmed)


def _sign_at_once(visitor: Visitor, form: Form, confirmed: list[str]) -> list[str]:
    """Several visitors sign; what each wrote. Whose signature was taken is noted."""
    marks = [f"once-{secrets.token_hex(6)}" for _ in range(SIGNATURES)]

    def sign(mark: str) -> None:
        with suppress(Trouble, OSError):
            fields = {**form.fields, "name": "check", "message": mark}
            if visitor.copy().post("/guestbook", fields).status == 303:
                confirmed.append(mark)

    signers = [threading.Thread(target=sign, args=(mark,), daemon=True) for mark in marks]
    for signer in signers:
        signer.start()
    for signer in signers:
        signer.join(PATIENCE)
    return marks


def _judged(site: Site, marks: list[str], confirmed: list[str]) -> Evidence:
    """What stands in the book, once the app has done what waited for it."""
    time.sleep(SETTLED)
    page = site.get(f"/?{marks[0]}").text
    if twice := [mark for mark in marks if page.count(mark) > 1]:
        return broken(f"of {len(marks)} signatures are in the book twice", "twice", len(twice), "signatures")
    if lost := [mark for mark in confirmed if mark not in page]:
        return broken("confirmed signatures are missing", "lost", len(lost), "signatures")
    unanswered = len(marks) - len(confirmed)
    return kept(
        f"of {len(marks)} signatures none is there twice; without an answer, or with an error, were",
        unanswered,
        "times",
    )
