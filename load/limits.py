"""What limited a run, named in one sentence.

The generator, a processor, threads, or the visitors themselves.
"""

from load.figures import Run, mean
from load.scenarios import SCENARIOS

BUSY = 0.85  # of a core: with less, whoever waits does not wait for the processor


def limiting(run: Run, cores: int) -> tuple[str, str]:
    """A word for it, and the sentence that says how it is known."""
    if not run.answered:
        return "failures", "no request got a good answer"
    if run.error_rate > 0.5:
        return "failures", _failures(run)
    others = run.busy - run.server_seconds - run.generator
    if others > 0.25 * cores * run.seconds and run.busy > 0.9 * cores * run.seconds:
        used = others / run.seconds
        return "other programs", f"they used {used:.1f} of {cores} cores; measure again when they are gone"
    if run.generator_bound:
        return "generator", _generator(run)
    busiest = max(run.used, key=lambda one: one.seconds, default=None)
    if busiest and run.server_seconds >= BUSY * run.seconds * max(cores - run.generator / run.seconds, 1):
        used = run.server_seconds / run.seconds
        return (
            "server CPU",
            f"the step's processes used {used:.1f} cores, all that the generator left of {cores}",
        )
    if busiest and busiest.seconds >= BUSY * run.seconds:
        return (
            "server CPU",
            f"{busiest.name} used a whole core, and one process of Python computes on one core",
        )
    if run.error_rate > 0.05:
        return "failures", _failures(run)
    return _waiting(run)


def _failures(run: Run) -> str:
    worst = max(run.failures, key=lambda kind: run.failures[kind])
    return f"{run.error_rate:.0%} of the requests failed, mostly: {worst}"


def _generator(run: Run) -> str:
    rate = run.requests / run.seconds
    used = run.generator / run.seconds
    return (
        f"it sent {rate:,.0f} requests a second, and can send {run.ceiling:,.0f}; it used {used:.1f} cores "
        f"with {run.processes} process{'es' if run.processes > 1 else ''}: the server may be able to do more"
    )


def _waiting(run: Run) -> tuple[str, str]:
    scenario = SCENARIOS.get(run.scenario)
    in_flight = run.requests / run.seconds * mean(run.times) / 1000  # Little's law
    if scenario and scenario.service:
        at_work = run.throughput * scenario.service
        if at_work < 0.8 * run.users:
            waiting = max(run.users - at_work, 0)
            return (
                "threads",
                f"no processor is busy; {at_work:.0f} requests were at work at a time, and {waiting:.0f} "
                "visitors waited for a thread",
            )
        return "the page", f"all {run.users} visitors were at work at once; each waits for its own page only"
    if scenario and scenario.waits:
        return (
            "the visitors",
            f"they read between two clicks; {in_flight:.1f} requests were on their way at a time",
        )
    return "waiting", f"no processor is busy, and {in_flight:.1f} requests were on their way at a time"
