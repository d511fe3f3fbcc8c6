"""A small matrix that nobody measured, for the tests of what is made from one."""

from checks.claim import Check, Evidence, Verdict, kept
from checks.expectations import Expectations, Row, verdicts
from checks.matrix.record import Cell, Run
from checks.site import Site


def probe(site: Site) -> Evidence:
    """Look whether it is so."""
    return kept("it is so")


def claim(name: str, since: int, question: str = "Is it so?") -> Check:
    return Check(name, question, since, "it is not so", "RFC 9110, 15.5.5", "curl {url}/", probe)


CHECKS = (claim("first", 2, "Is <b> | shown?"), claim("second", 4))
ROWS: dict[str, Row] = {"first": verdicts("✗ ✓ ✓ ✗ ✓ ✓ ✓"), "second": verdicts("– ✗ ✗ ✓ ✓ ✓ ✓")}
EXPECTED = Expectations(ROWS, {"first": "Step 04 forgets `it`."})


def cell(check: str, step: int, verdict: Verdict) -> Cell:
    is_kept = verdict is Verdict.KEPT
    return Cell(
        check=check,
        step=step,
        verdict=verdict,
        says="<script>alert(1)</script>",
        figure=12835.0 if is_kept else None,
        unit="bytes" if is_kept else "",
        hint="" if is_kept else "Look at `it`.",
        whose="" if is_kept else "we sent",
        bytes=() if is_kept else (("GET <x>\\r\\n", "    ^"),),
        timeline=((0.0, "connected", ""), (0.1, "sent", "GET <x>")),
        seconds=0.2,
        command=f"curl http://127.0.0.1:800{step}/",
    )


RUN = Run(
    date="2026-11-26 05:00 UTC",
    machine={"processor": "one of the <fast>", "cores": "2", "Python": "3.11"},
    seconds=161.0,
    cells=tuple(cell(name, step, row[step - 1]) for name, row in ROWS.items() for step in range(1, 8)),
)
