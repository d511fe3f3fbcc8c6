"""One address that asks too often, or holds too many connections, while another address is served."""

from checks.claim import Trouble
from trials.abuse_case import Case, Finding
from trials.arena import Arena, Held, wait_until

FLOODERS = 4
FORM = "Content-Type: application/x-www-form-urlencoded"


def requests(arena: Arena, finding: Finding) -> None:
    """Each of a few connections asks a hundred times at once, again and again."""
    first = arena.request("GET", "/hello") * 100
    orders = arena.orders(FLOODERS, first, drop=first, every=0.2)
    with arena.crowd(orders, FLOODERS), arena.site() as site:
        told: dict[int, int] = {}
        for _ in range(200):
            try:
                status = site.get("/hello").status
            except Trouble:
                status = 0
            told[status] = told.get(status, 0) + 1
        met = arena.visit()
    finding.figure = met.p99
    finding.says = (
        f"of 200 more from that address {told.get(429, 0)} got 429; p99 of another visitor {met.p99} ms"
    )
    finding.expect(told.get(429, 0) > 0, f"nobody told the flood to wait: {told}")
    finding.expect(set(told) <= {200, 429}, f"other answers than 200 and 429: {told}")
    _judge_visitor(finding, met.failures)


def connections(arena: Arena, finding: Finding) -> None:
    """Each connection has a whole head and waits with its body, so that it counts as at work."""
    first = arena.request("POST", "/guestbook", FORM, "Content-Length: 60000")
    with arena.crowd(arena.orders(arena.attackers, first, drop="a", again=False), arena.attackers) as held:
        wait_until(lambda: _refused(held) >= arena.attackers - 100, 30)
        met = arena.visit()
        refused = _refused(held)
    finding.figure = met.p99
    finding.says = (
        f"of {arena.attackers:,} connections of one address {refused:,} were refused (429), {held.now} kept; "
        f"p99 of another visitor {met.p99} ms"
    )
    gone = held.met["closed"]  # one of the hundred whose body did not come in time
    finding.expect(refused + gone >= arena.attackers - 100, f"only {refused} were refused: {dict(held.met)}")
    _judge_visitor(finding, met.failures)


def _refused(held: Held) -> int:
    return held.met["status 429"] + held.met["status 503"]


def _judge_visitor(finding: Finding, failures: dict[str, int]) -> None:
    """Served, each time. How fast, the figure tells: a flood takes its share of the processor."""
    finding.expect(not failures, f"the visitor of another address met {dict(failures)}")


CASES = (
    Case(
        "request-flood",
        "A flood of requests from one address",
        "One address asks as fast as four connections can carry. Beyond a hundred a second (and a hundred at "
        "once) it is told 429; the app never hears of those. Another address, `[::1]`, is served.",
        requests,
    ),
    Case(
        "connection-flood",
        "A flood of connections from one address",
        "One address opens a thousand connections, each with a request at work. A hundred are allowed; the "
        "others are told 429. Another address, `[::1]`, is served.",
        connections,
    ),
)
