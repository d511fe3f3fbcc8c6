"""Run a check against a target. One that hangs, dies or babbles is evidence, never a crash of the checker."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from checks.answers import NotHTTP
from checks.claim import Check, Evidence, Moment, Trouble, Verdict, absent, broken, skipped
from checks.site import Site
from checks.target import POWERS, Target

GRACE = 5.0  # seconds beyond its bound until a check is given up


@dataclass(frozen=True)
class Outcome:
    """What one check found at one target."""

    check: Check
    target: str
    evidence: Evidence
    timeline: tuple[Moment, ...]
    seconds: float
    command: str  # shows the same by hand

    @property
    def verdict(self) -> Verdict:
        """Kept, broken, absent or skipped."""
        return self.evidence.verdict

    @property
    def hint(self) -> str:
        """The likely cause, in words."""
        return self.check.hint(self.evidence.hint) if self.evidence.hint else ""


def examine(check: Check, target: Target, tell: Callable[[Moment], None] = lambda _: None) -> Outcome:
    """Ask the check's question of the target; `tell` hears of each moment as it happens."""
    began = time.monotonic()
    with Site(target, check.bound, tell) as site:
        evidence = _judge(check, site)
        timeline = tuple(site.timeline)
    return Outcome(check, target.name, evidence, timeline, time.monotonic() - began, by_hand(check, target))


def _judge(check: Check, site: Site) -> Evidence:
    if check.power and not (site.target.powers and check.power in site.target.powers.can):
        return skipped(f"nobody gave it the power to {POWERS[check.power]}")
    if check.since > 2 and not speaks_http(site.target):
        return absent("this site speaks no HTTP")
    found: list[Evidence] = []
    errors: list[BaseException] = []

    def probe() -> None:
        try:
            found.append(check.probe(site))
        except Trouble as trouble:
            found.append(broken(str(trouble), trouble.hint, culprit=trouble.culprit))
        except (
            BaseException
        ) as error:  # ours: to be seen by whoever runs the checks, not to be taken for the site's
            errors.append(error)

    # A thread, so that a probe which overlooks its bound costs time, and not the run.
    thread = threading.Thread(target=probe, daemon=True, name=check.id)
    thread.start()
    thread.join(check.bound + GRACE)
    if errors:
        raise errors[0]
    return found[0] if found else broken("the check came to no end within its bound", "slow")


def speaks_http(target: Target) -> bool:
    """Whether the site answers `GET /` with a status line. A site that is busy or down may yet speak it."""
    with Site(target, bound=3.0) as site:
        try:
            site.get("/")
        except NotHTTP:
            return False
        except Trouble:
            pass
    return True


def by_hand(check: Check, target: Target) -> str:
    """The line that shows the same in a shell."""
    address = target.main
    plain = target.http or address
    fill = {
        "{url}": address.url,
        "{host}": address.host,
        "{port}": str(address.port),
        "{name}": address.name,
        "{http}": plain.url,
        "{http_port}": str(plain.port),
        "{authority}": str(target.authority or "/etc/ssl/cert.pem"),
        "{curl}": f"curl --cacert {target.authority}" if address.tls and target.authority else "curl",
        "{nc}": f"openssl s_client -quiet -connect {address.host}:{address.port}"
        if address.tls
        else f"nc {address.host} {address.port}",
    }
    line = check.by_hand
    for name, value in fill.items():
        line = line.replace(name, value)
    return line
