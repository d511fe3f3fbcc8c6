"""Fields by which a stranger tries to speak in the proxy's name."""

import json

from trials.abuse_case import Case, Finding
from trials.arena import Arena

LIE = "203.0.113.66"
FORGED = (
    *(
        "X-Forwarded-For",
        "X-Real-IP",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "Forwarded",
    ),
    *("X-Forwarded-Prefix", "X-Forwarded-Ssl", "X-Forwarded-Protocol", "X-Forwarded-Server"),
    *("X-Forwarded-Scheme", "X-Scheme", "X-Client-IP", "X-Original-URL", "X-Rewrite-URL"),
    *("X-HTTP-Method-Override", "X-Request-ID", "X_Forwarded_For", "Proxy"),
)
HOPS = ("Proxy-Connection", "Proxy-Authorization", "Trailer", "TE", "Keep-Alive", "Upgrade")


def forwarded(arena: Arena, finding: Finding) -> None:
    """Send all of them; the app must have seen none."""
    with arena.site() as site:
        one = json.loads(site.get("/whoami", *[(name, LIE) for name in (*FORGED, *HOPS)]).body)
    arrived = json.dumps(one)
    finding.says = (
        f"{len(FORGED) + len(HOPS)} fields sent, {arrived.count(LIE)} arrived; client {one['client']}"
    )
    finding.expect(LIE not in arrived, f"the app believes or sees {arrived}")


def taken_away(arena: Arena, finding: Finding) -> None:
    """Name the proxy's own fields in Connection, so that a careless proxy removes them (RFC 9110, 7.6.1)."""
    names = "close, X-Forwarded-For, X-Real-IP, X-Forwarded-Proto, Host"
    with arena.site() as site:
        honest = json.loads(site.get("/whoami").body)
        asked = json.loads(site.ask(site.request("GET", "/whoami", ("Connection", names), close=False)).body)
    same = all(honest.get(key) == asked.get(key) for key in ("client", "scheme"))
    finding.says = f"client {asked['client']}, scheme {asked['scheme']}: as without"
    finding.expect(same, f"{asked} instead of {honest}")


CASES = (
    Case(
        "forged-fields",
        "Forged forwarded and hop-by-hop fields",
        "A stranger writes what only the proxy may write: whose address, which scheme, which host. "
        "nginx overwrites "
        "or removes each, also in spellings that only some frameworks believe.",
        forwarded,
    ),
    Case(
        "removed-fields",
        "The proxy's fields named in Connection",
        "`Connection: X-Forwarded-For` asks a proxy to remove that field before it passes the "
        "request on. nginx "
        "writes its own, whatever the visitor's Connection says.",
        taken_away,
    ),
)
