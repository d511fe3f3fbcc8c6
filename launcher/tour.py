"""What a person is told about each step: a row a step, and nothing that the launcher decides by, but for two.

Those two are `https` (the step has a second, encrypted port) and `speaks_http` (step01 answers, but without a
protocol). A step that is not listed here runs all the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stop:
    """One row of the table that `make up` prints. `{http}` and `{https}` stand for the step's addresses."""

    new: str
    tryout: str
    https: bool = False
    speaks_http: bool = True


UNKNOWN = Stop("", "curl {http}")

TOUR = {
    "step01": Stop("a TCP socket", "open it: the browser refuses the answer", speaks_http=False),
    "step02": Stop("HTTP/1.1", "curl -i {http}nowhere"),
    "step03": Stop("WSGI, threads, processes", "{http}slow?seconds=5 in one tab, / in another"),
    "step04": Stop("Flask under gunicorn", "log in, then sign the guest book"),
    "step05": Stop("nginx in front", "curl -i {http}  twice: the second is a cache HIT"),
    "step06": Stop("TLS", "curl -i {http}  sends you to https", https=True),
    "step07": Stop("three apps, Redis", "reload {https}whoami: who serves you?", https=True),
}
