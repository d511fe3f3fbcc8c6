"""One stack: the chosen steps under one supervisord, from the lock to the last process gone."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from launcher import configuration, events, ports
from launcher.control import Control
from launcher.errors import LaunchError
from launcher.guarded import GuardedSession
from launcher.readiness import Waiter
from launcher.settings import Settings
from launcher.steps import Process, Step
from launcher.supervision import State, Supervisor
from launcher.tail import Tail, last_lines

READY_TIMEOUT = 60.0  # long, for busy machines: a dead process is noticed at once anyway
PREPARE_TIMEOUT = 60.0
TICK = 0.03
SUPERVISORD = "supervisord"


class Stack:
    """Start it, wait until it answers, watch it, stop it. `stop` is right at any moment, also half-way."""

    def __init__(
        self, name: str, steps: list[Step], settings: Settings, check: Callable[[], None] = lambda: None
    ) -> None:
        self.name = name
        self.steps = steps
        self.settings = settings
        self._check = check  # called wherever something is waited for; raises when it is time to stop
        self.logs = settings.scratch / "logs"
        self.control = Control(settings.root, settings.run, name)
        self.supervisor = Supervisor(self.control.socket_path)
        self._names = {process.process: process.name for step in steps for process in step.processes}
        self._something_ended = False
        self._next_nudge = 0.0
        self._session: GuardedSession | None = None
        self._history = Tail(self.control.folder / "supervisord.log")

    def keep(self, wanted: Callable[[Step], bool]) -> None:
        """Leave out the steps that cannot run here."""
        self.steps = [step for step in self.steps if wanted(step)]
        if not self.steps:
            raise LaunchError("no step can run here; see what is missing: make doctor")

    # ---- start

    def start(self) -> None:
        """Check what can be checked, prepare, and start supervisord. The lock must have been taken."""
        self._check_ports()
        self._make_folders()
        environment = self.settings.for_processes(self.steps)
        guarded = self._session = GuardedSession(self.control, environment, self.settings.root)
        self._prepare(guarded)
        path = configuration.write(self.control, self.steps)
        command = [sys.executable, "-m", "launcher.keeper", "-c", str(path)]
        guarded.order(SUPERVISORD, command, self.logs / "supervisord.log")

    def _check_ports(self) -> None:
        wanted = {}
        for step in self.steps:
            mine = self.settings.ports(step)
            wanted[f"STEP{step.number:02}_PORT"] = mine.http
            if mine.https:
                wanted[f"STEP{step.number:02}_TLS_PORT"] = mine.https
        ports.demand(wanted, target=self.name)

    def _make_folders(self) -> None:
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            for step in self.steps:
                (self.settings.scratch / step.name).mkdir(exist_ok=True)
                for process in step.processes:
                    self.log(process).unlink(missing_ok=True)
            (self.control.folder / "supervisord.log").unlink(missing_ok=True)
        except OSError as error:
            raise LaunchError(
                f"cannot write to {error.filename}: {error.strerror}; mend that, or set RUN="
            ) from error

    def _prepare(self, guarded: GuardedSession) -> None:
        """What must exist before the processes start. A step's own `prepare` says what and makes it."""
        waiting = set()
        for step in self.steps:
            if (self.settings.root / step.folder / "prepare.py").exists():
                name = f"{step.name}-prepare"
                log = self.logs / f"{name}.log"
                log.unlink(missing_ok=True)
                guarded.order(name, [sys.executable, "-m", f"{step.folder}.prepare"], log)
                waiting.add(name)
        deadline = time.monotonic() + PREPARE_TIMEOUT
        while waiting:
            self._check()
            ended = guarded.ended(TICK)
            if ended and ended.status:
                words = " / ".join(last_lines(self.logs / f"{ended.name}.log", 1))
                raise LaunchError(f"{ended.name}: {words or ended}")
            waiting -= {ended.name} if ended else set()
            if time.monotonic() > deadline:
                raise LaunchError(f"{min(waiting)} does not come to an end; see {self.settings.run}/logs")

    # ---- until it answers

    def wait_until_ready(self, watch: Callable[[list[Waiter]], None]) -> None:
        """Ask every step until it answers. `watch` is called all the while, to show what is happening."""
        certificate = self.settings.scratch / "step06" / "tls" / "fullchain.pem"
        waiters = [
            Waiter(step, self.settings.ports(step), certificate, self._sockets(step)) for step in self.steps
        ]
        for waiter in waiters:
            waiter.start()
        deadline = time.monotonic() + READY_TIMEOUT
        try:
            while not all(waiter.answered for waiter in waiters):
                self.check_alive()
                self._complain_of_dead(self._states())
                watch(waiters)
                if time.monotonic() > deadline:
                    late = next(waiter for waiter in waiters if not waiter.answered)
                    raise LaunchError(self._account(late.step, f"does not answer ({late.problem})"))
                time.sleep(TICK)
        finally:
            for waiter in waiters:
                waiter.give_up()
        self._complain_of_dead(self._states())  # a stranger on the port, with ours dead, is no success
        watch(waiters)
        self.control.announce(self.sites())

    def _sockets(self, step: Step) -> list[str]:
        run = self.settings.run
        return [path.replace("%(ENV_RUN)s", run) for process in step.processes for path in process.sockets]

    def _states(self) -> list[State]:
        try:
            return self.supervisor.states()
        except OSError:
            return []  # supervisord is still starting

    def _complain_of_dead(self, states: list[State]) -> None:
        for step, process, state in self._matched(states):
            if state.state == "FATAL" or (state.state == "EXITED" and not process.restarts):
                raise LaunchError(self._account(step, f"{process.name} ended at once", process, state.reason))

    def _account(self, step: Step, what: str, process: Process | None = None, reason: str = "") -> str:
        """What went wrong, and how the log ends that tells why."""
        words = []
        for one in [process] if process else step.processes:
            words += [f"  {one.name}: {line}" for line in last_lines(self.log(one), 6)]
        if reason and not words:
            words = [f"  {reason}"]
        return "\n".join(
            [f"{step.name} did not start: {what}; its log ({self.settings.run}/logs) ends:", *words]
        )

    # ---- while it runs

    def events(self) -> list[events.Event]:
        """What happened to the processes since the last call, with the names that people see."""
        found = [event for line in self._history.lines() if (event := events.read(line))]
        self._something_ended = self._something_ended or any(event.what != "started" for event in found)
        return [
            events.Event(event.what, self._names.get(event.process, event.process), event.detail)
            for event in found
        ]

    def check_alive(self) -> None:
        """Raise if supervisord or the guard was killed (without them nothing is sure), or to stop."""
        self._check()
        ended = self._session.ended() if self._session else None
        if ended and ended.name == SUPERVISORD:
            words = last_lines(self.logs / "supervisord.log", 1) if ended.status > 0 else []
            raise LaunchError(f"supervisord ended ({' '.join(words) or ended}); everything is stopped")

    def nudge_now_and_then(self) -> None:
        """Have supervisord look after its children more often than once a second."""
        if time.monotonic() > self._next_nudge:
            self._next_nudge = time.monotonic() + 0.2
            self.supervisor.nudge()

    def is_over(self) -> bool:
        """Whether every process has ended and none will be restarted. Asked only after one has ended."""
        if not self._something_ended:
            return False
        matched = list(self._matched(self._states()))
        self._something_ended = not matched  # without an answer the question stays
        return bool(matched) and all(
            state.state == "FATAL" or (state.state == "EXITED" and not process.restarts)
            for _, process, state in matched
        )

    def addresses(self, step: Step) -> list[str]:
        """The addresses of a step, the plain one first."""
        mine = self.settings.ports(step)
        plain = f"http://{ports.HOST}:{mine.http}"
        return [plain, f"https://localhost:{mine.https}"] if mine.https else [plain]

    def sites(self) -> dict[str, Any]:
        """Where each step answers and who its processes are: what `ready.json` says."""
        pids = {process.name: state.pid for _, process, state in self._matched(self._states()) if state.pid}
        found = {}
        for step in self.steps:
            plain, *secure = self.addresses(step)
            mine = {process.name: pids[process.name] for process in step.processes if process.name in pids}
            found[step.name] = {"http": plain, "https": secure[0] if secure else None, "pids": mine}
        return found

    def log(self, process: Process) -> Path:
        """The log file of a process."""
        return self.logs / f"{process.name}.log"

    def _matched(self, states: list[State]) -> Iterator[tuple[Step, Process, State]]:
        known = {(state.group, state.process): state for state in states}
        for step in self.steps:
            for process in step.processes:
                if state := known.get((process.group, process.process)):
                    yield step, process, state

    # ---- stop

    def stop(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """End every process, in order; when `hurried` says so, at once."""
        self._history.close()
        guarded, self._session = self._session, None
        if guarded:
            guarded.close(hurried, self.supervisor.nudge)
        if self.control.lock_file is not None:
            self.control.clear()
            self.control.unlock()
