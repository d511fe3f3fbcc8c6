"""A thousand who are slow on purpose: each means to hold something of the site for as long as possible."""

import sys

from trials.abuse_case import Case, Finding
from trials.arena import Arena
from trials.attackers import Orders

FORM = "Content-Type: application/x-www-form-urlencoded"
PICTURE = "/static/guestbook.png"
PIPELINED = 60  # requests at once, whose answers nobody reads


def slow_heads(arena: Arena, finding: Finding) -> None:
    """Half a head, then a letter a second."""
    first = arena.request("GET", "/", "X-Slow: ", ends=False).removesuffix("\r\n")
    _beside(arena, finding, arena.orders(arena.attackers, first, drop="a"))


def slow_bodies(arena: Arena, finding: Finding) -> None:
    """A whole head that announces 60,000 bytes, then one a second."""
    first = arena.request("POST", "/guestbook", FORM, "Content-Length: 60000")
    orders = arena.orders(arena.attackers, first + "message=", drop="a", sources=_many_addresses(arena))
    _beside(arena, finding, orders)


def slow_readers(arena: Arena, finding: Finding) -> None:
    """Many answers asked for at once, and none of them read."""
    first = arena.request("GET", PICTURE) * PIPELINED
    orders = arena.orders(arena.attackers, first, sources=_many_addresses(arena), reads=False)
    _beside(arena, finding, orders)


def _many_addresses(arena: Arena) -> tuple[str, ...]:
    """For a limit counts by address: on Linux 127.0.0.0/8 is ours, so that 50 come from each."""
    if sys.platform != "linux":
        return ()
    return tuple(f"127.9.{number}.1" for number in range(1, max(arena.attackers // 50, 1) + 1))


def _beside(arena: Arena, finding: Finding, orders: Orders) -> None:
    """Measure the normal visitor beside them."""
    alone = arena.visit(min(arena.visits, 50))
    wanted = orders.number * 95 // 100 if orders.sources or not orders.drop or _uncounted(orders) else 80
    with arena.crowd(orders, wanted) as held:
        met = arena.visit()
        now = held.now
    finding.figure = met.p99
    finding.says = f"{now:,} held at once; p99 of a visitor {met.p99} ms beside them, {alone.p99} ms without"
    finding.expect(not held.lacking, held.lacking)
    finding.expect(held.most >= wanted, f"only {held.most} got in ({dict(held.met)})")
    finding.expect(not met.failures, f"the normal visitor met {dict(met.failures)}")
    finding.expect(met.p99 <= arena.bound, f"p99 {met.p99} ms is beyond {arena.bound:.0f} ms")


def _uncounted(orders: Orders) -> bool:
    """Whether the limit of connections does not see them yet: it counts from the end of the head on."""
    return "\r\n\r\n" not in orders.first


CASES = (
    Case(
        "slow-heads",
        "1,000 slow heads (Slowloris)",
        "A thousand connections from one address send half a head and then a letter a second. A "
        "thread that reads "
        "heads would be held by each. nginx holds a connection and a kilobyte; after ten seconds "
        "(`client_header_timeout`) it closes it, and the stranger comes again.",
        slow_heads,
    ),
    Case(
        "slow-bodies",
        "1,000 slow bodies",
        "A thousand connections, from twenty addresses (one address is allowed a hundred), announce "
        "60,000 bytes "
        "and send one a second. nginx reads a body whole before the app hears of it.",
        slow_bodies,
    ),
    Case(
        "slow-readers",
        "1,000 slow readers",
        f"A thousand connections ask for {PIPELINED} pictures at once and read nothing. Files come "
        f"from nginx, "
        "which stops sending when the stranger's buffer is full, and hangs up after ten seconds "
        "(`send_timeout`). "
        "An app's answer waits in nginx' buffers; the one page that is larger, `/download`, is "
        "served to four at "
        "once.",
        slow_readers,
    ),
)
