"""The named scenarios: who comes, how many, and what they want."""

from dataclasses import dataclass

SLOW_SECONDS = 0.1  # what the stand-in for a database takes
SLOW_CLIENTS = 200  # who hold a connection and hardly speak
LAST = 7


@dataclass(frozen=True)
class Scenario:
    """One kind of load. `classes` are those of the locustfile; the first step that can bear it is `first`."""

    name: str
    about: str
    classes: tuple[str, ...]
    users: int  # by default
    patience: float  # seconds that a visitor waits for an answer
    first: int = 2
    raw: tuple[str, ...] = ()  # the classes for step 01, which speaks no HTTP; (): it cannot bear this one
    waits: bool = False  # the visitors think between two clicks
    crowd: int = 0  # who come besides the visitors, and are not counted
    service: float = 0.0  # seconds that each request takes by itself, without computing; 0: it only computes

    def suits(self, step: int) -> bool:
        """Whether that step has what these visitors want."""
        return step >= self.first or (step == 1 and bool(self.raw))

    def classes_at(self, step: int) -> tuple[str, ...]:
        """The users that locust is to start."""
        return self.raw if step == 1 else self.classes


SCENARIOS = {
    one.name: one
    for one in (
        Scenario(
            "page", "the front page, again and again, without a pause", ("Page",), 20, 5, raw=("Bytes",)
        ),
        Scenario(
            "static", "the style sheet and the picture, never from the visitor's cache", ("Static",), 20, 5
        ),
        Scenario(
            "slow",
            f"/slow?seconds={SLOW_SECONDS}: a stand-in for a page that waits for its database",
            ("Slow",),
            40,
            15,
            service=SLOW_SECONDS,
        ),
        Scenario(
            "login", "log in, see one's own page, log out, without a pause", ("Member",), 8, 15, first=4
        ),
        Scenario(
            "mixed",
            "look around, sign and (from step 04) log in, and read in between",
            ("Visitor",),
            100,
            5,
            waits=True,
        ),
        Scenario(
            "slow-clients",
            f"the front page ten times a second, beside {SLOW_CLIENTS} who send a byte a second",
            ("Patient", "SlowClient"),
            10,
            2,
            raw=("PatientBytes", "SlowClient"),
            waits=True,
            crowd=SLOW_CLIENTS,
        ),
    )
}
