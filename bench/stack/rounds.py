"""Measure: all deployments in turn, page after page, round after round; then the backends of step 07."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import nullcontext, suppress

import psutil

from bench.load import Sent, send
from bench.measure import pins
from bench.processor import snapshot, spent
from bench.stack import plan
from bench.stack.arena import Deployment, visiting
from bench.stack.crowd import SLOW_CLIENTS, crowd
from bench.stack.results import Backend, Figure, Results

Progress = Generator[str, None, None]
PATIENCE = 30.0
LOOP = "import time\nn, end = 0, time.perf_counter() + 0.7\nwhile time.perf_counter() < end: n += 1\nprint(n)"


def ask(deployment: Deployment, row: plan.Row, seconds: float) -> Sent:
    """Put load on a page of it."""
    fields = {"Cookie": deployment.cookie} if row.with_session else {}
    return send(deployment.url + row.path, fields, plan.CONNECTIONS, seconds * row.times, pins()[1])


def cell(deployment: Deployment, row: plan.Row, with_crowd: bool, number: int, seconds: float) -> Figure:
    """Measure one page of one deployment."""
    slow = crowd(deployment.url, SLOW_CLIENTS, pins()[1]) if with_crowd else nullcontext()
    with slow:
        before, began = snapshot(deployment.processes()), time.perf_counter()
        sent = ask(deployment, row, seconds)
        took, after = time.perf_counter() - began, snapshot(deployment.processes())
    step, cpu = deployment.site.step, spent(before, after)
    return Figure(step, row.id, with_crowd, number, sent.answers, sent.failed, took, cpu, sent.p99)


def measure(
    arena: dict[str, Deployment],
    results: Results,
    rows: Sequence[plan.Row],
    crowds: Sequence[bool],
) -> Progress:
    """Fill the table; yield what is being done."""
    kinds = [kind for kind in plan.KINDS if kind.step in arena]
    for number in range(results.rounds):
        for row in rows:
            for kind in kinds:
                for with_crowd in crowds if plan.suits(kind, row) else ():
                    beside = f", {SLOW_CLIENTS} slow clients" if with_crowd else ""
                    yield f"round {number + 1} of {results.rounds}: {row.title}, {kind.name}{beside}"
                    figure = cell(arena[kind.step], row, with_crowd, number, results.seconds)
                    results.figures.append(figure)


def measure_backends(arena: dict[str, Deployment], results: Results) -> Progress:
    """How far more apps and more threads carry, on two cores; the load has to share them."""
    for deployment in arena.values():
        spread_out(deployment)
    for number in range(results.rounds):
        yield f"round {number + 1} of {results.rounds}: what two cores of this machine are worth"
        results.cores.append(worth_of_two_cores())
        for name, (step, apps) in plan.BACKENDS.items():
            yield f"round {number + 1} of {results.rounds}: {name}"
            deployment = arena[step]
            if step == "step07":
                run_apps(deployment, apps)
            for row in (plan.COMPUTING, plan.WAITING):
                began = time.perf_counter()
                answers = ask(deployment, row, results.seconds).answers
                rate = answers / (time.perf_counter() - began)
                results.backends.append(Backend(name, row.id, number, rate))


def run_apps(deployment: Deployment, count: int) -> None:
    """Have the first so many apps of step 07 run and be asked by nginx, and no other."""
    site = deployment.site
    wanted = {f"step07-app{number}" for number in range(1, count + 1)}
    for name in {name for name in site.pids() if "-app" in name} - wanted:
        site.stop(name)
    for name in wanted - set(site.pids()):
        site.start(name)
    deadline = time.monotonic() + PATIENCE
    while _who_answer(deployment) != {name.partition("-")[2] for name in wanted}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"step 07 does not come to run with {count} apps")
        time.sleep(0.1)
    spread_out(deployment)


def _who_answer(deployment: Deployment) -> set[str]:
    visitor = visiting(deployment.site)
    with visitor:
        answers = [visitor.get(f"{deployment.site.https}/healthz", timeout=10) for _ in range(12)]
    return {answer.headers.get("X-Served-By", "nobody") for answer in answers}


def stay_on_one_core() -> None:
    """Bind this process, and so all that it starts, to the servers' core."""
    if pins()[0]:
        os.sched_setaffinity(0, {0})


def spread_out(deployment: Deployment) -> None:
    """Let every thread of a deployment run on any core, and all that supervisord will start for it."""
    if not pins()[0]:
        return
    for process in deployment.processes():
        with suppress(psutil.NoSuchProcess):
            for thread in process.threads():
                with suppress(OSError):  # it has just ended
                    os.sched_setaffinity(thread.id, range(os.cpu_count() or 1))


def worth_of_two_cores() -> float:
    """How much two bare loops do at once, as times of one: what the machine itself lets two apps gain."""
    one, two = _loops(1), _loops(2)
    return two / one


def _loops(count: int) -> int:
    commands = [
        [*(["taskset", "-c", str(core)] if pins()[0] else []), sys.executable, "-c", LOOP]
        for core in range(count)
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    return sum(int(loop.communicate()[0]) for loop in running)
