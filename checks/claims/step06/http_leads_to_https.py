"""People type the name without https. If http shows the site, they stay there, in the open."""

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site

PATH = "/hello?name=Ada&from=http"


@check(
    question="Does plain http lead to the same page by https?",
    shows="who asks by http stays unprotected",
    specification="RFC 9110, 15.4.2 and 15.4.9 (301, 308); RFC 6797, 7.2",
    by_hand="{curl} -sS -m 5 -o /dev/null -w '%{http_code} %{redirect_url}\\n' '{http}/hello?name=Ada'",
    hints={
        "served": "The pages are served by plain http as well. On that port answer nothing but a redirect.",
        "temporary": "A browser asks again by http each time: make the redirect permanent, 301 or 308.",
        "elsewhere": "The redirect must name the same host, the https port, and the path with its query: "
        "a link to a page must lead to that page.",
        "refused": "Who comes by http is turned away and not told where to go: answer with a redirect.",
    },
)
def http_leads_to_https(site: Site) -> Evidence:
    """Ask for a page by http, and see where the answer leads."""
    plain, secure = site.target.http, site.target.https
    if secure is None:
        return absent("there is no https")
    if plain is None:
        return absent("there is no plain http")
    wire = site.connect(plain)
    request = f"GET {PATH} HTTP/1.1\r\nHost: {plain.authority}\r\nConnection: close\r\n\r\n"
    wire.send(request.encode())
    answer = wire.answer()
    line = Culprit(answer.head.split(b"\r\n")[0], 9, 3)
    if answer.status < 300:
        return broken("the page is served by plain http", "served", culprit=line)
    if answer.status >= 400 or not answer.field("location"):
        return broken(f"plain http is answered with {answer.status}", "refused", culprit=line)
    if answer.field("location") != f"{secure.url}{PATH}":
        where = answer.field("location")
        return broken(f"http leads to {where}, not to {secure.url}{PATH}", "elsewhere")
    if answer.status not in (301, 308):
        return broken(f"the redirect is temporary ({answer.status})", "temporary", culprit=line)
    return kept(f"{answer.status} to the same page by https")
