"""What a person is told about each step: a row a step, and nothing that the launcher decides by, but for two.

Those two are `https` (the step has a second, encrypted port) and `speaks_http` (step01 answers, but without a
protocol). A step that is not listed here runs all the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stop:
    """One row of the table that `make up` prints."""

    new: str
    tryout: str
    https: bool = False
    speaks_http: bool = True


UNKNOWN = Stop("", "")

TOUR = {
    "step01": Stop("a TCP socket, an accept loop", "open it: what does the browser say?", speaks_http=False),
    "step02": Stop("HTTP/1.1", "/nowhere: a page that says 404"),
    "step03": Stop("WSGI, threads, processes", "/slow?seconds=9, and / meanwhile"),
    "step04": Stop("Flask under gunicorn", "log in, sign, look at /whoami"),
    "step05": Stop("nginx: buffers, files, cache", "curl -i: X-Cache-Status"),
    "step06": Stop("TLS by our own authority", "make trust, then the padlock", https=True),
    "step07": Stop("three apps; Redis", "reload /whoami: who served you?", https=True),
}
