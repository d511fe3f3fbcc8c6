"""Results as a run might have them, made up for the tests of what is written from them."""

from dataclasses import replace

from load.comparison import Results
from load.figures import Run, Used
from load.knee import Knee, Stage
from load.scenarios import SCENARIOS

RATES = {2: 1000.0, 3: 4000.0, 4: 900.0, 5: 5000.0, 6: 4500.0, 7: 4200.0}


def a_run(**more: object) -> Run:
    """A thousand answers in ten seconds, half a second of a processor for them."""
    plain = Run(
        scenario="page",
        step=4,
        users=20,
        seconds=10.0,
        requests=1000,
        failures={},
        times={5.0: 500, 10.0: 480, 200.0: 20},
        entries={"GET /": (1000, 200.0)},
        used=(Used("step04-app", 1, 0.5, 30.0),),
        generator=1.0,
        ceiling=9000.0,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def results() -> Results:
    """Two rounds of every scenario at every step, all ramps, and the box."""
    found = Results("2026-01-01 00:00 UTC", {"cores": "2", "processor": "one"}, 2.0, 2, ceiling=6000.0)
    for name, plan in SCENARIOS.items():
        for number in range(2):
            for step, rate in RATES.items():
                if plan.suits(step):
                    requests = round(rate * (10 + number) / 10)
                    run = a_run(
                        scenario=name, step=step, seconds=1.0, requests=requests, times={step: requests}
                    )
                    found.runs.append(replace(run, generator=0.1, ceiling=6000.0))
    stages = (Stage(100.0, 20.0, 0.0, True), Stage(150.0, 900.0, 0.0, False))
    for path in ("/slow?seconds=0.1", "/hello?name=load"):
        found.knees += [Knee(step, path, 100.0 * step, stages, ceiling=600.0) for step in RATES]
    found.closed = a_run(scenario="closed", times={2.0: 990, 1000.0: 10})
    found.open = a_run(scenario="open", times={2.0: 800, 500.0: 200})
    return found
