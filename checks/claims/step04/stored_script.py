"""A visitor signs with a script, and it runs in every other visitor's browser. Text must be shown as text."""

import secrets

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site


@check(
    question="Is a script that somebody signed shown as text?",
    shows="a stored script runs in every visitor's browser",
    specification="OWASP: Cross Site Scripting Prevention Cheat Sheet; HTML, 13.1.2 (escaping text)",
    by_hand="{curl} -s {url}/ | grep -n '<script>'",
    hints={
        "raw": "What visitors wrote goes into the page as it came: escape < > & and quotes where the page is "
        "made (html.escape, or a template language that does it by itself).",
        "refused": "The entry is refused or changed. Escape where you show it, not where you take it in.",
    },
)
def stored_script(site: Site) -> Evidence:
    """Sign with a script, then look at the page's source as another visitor."""
    mark = secrets.token_hex(4)
    script = f"<script>alert('{mark}')</script>"
    signed = site.visitor().sign(script)
    if signed is None:
        return absent("there is no form to sign with")
    page = site.visitor().get(f"/?{mark}").text  # the mark: a cached page may be a second old
    if script in page:
        line = next(line for line in page.splitlines() if script in line)
        at = len(line[: line.index(script)].encode())
        return broken(
            "the script stands in the page as it was signed", "raw", culprit=Culprit(line.encode(), at)
        )
    if "&lt;script&gt;" in page and mark in page:
        return kept("the script is shown as text")
    return broken("the entry is not on the page", "refused")
