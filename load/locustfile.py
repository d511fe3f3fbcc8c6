"""The visitors: `locust -f load/locustfile.py --host http://127.0.0.1:9000 Visitor`, or `make load`.

Each class is one kind of visitor; `load/scenarios.py` says which of them make a scenario. They work against
any server that has the course's pages, and follow no redirect to another one.

Limits: from step 05 on, nginx refuses an address that asks more than 100 times a second. `make load` exempts
this machine's own addresses while it runs (load/exemption.py writes $RUN/stepNN/exempt.conf); against a
server of your own, its limits show as failures: status 429.
"""

import random
from typing import Any

import gevent
from locust import between, constant, events, task
from locust.runners import MasterRunner, WorkerRunner

from checks.visitor import parts
from load import options, reporting
from load.browser import Browser
from load.scenarios import SCENARIOS, SLOW_SECONDS
from load.sites import site_choices
from load.sockets import CROWD_FIRST, Bytes, PatientBytes, SlowClient

# What is offered at locust's page besides scenarios and steps.
ALL, THE_HOST = "all that were named", "the host as it is written"
__all__ = [
    "Bytes",
    "Greeted",
    "Member",
    "Page",
    "Patient",
    "PatientBytes",
    "SlowClient",
    "Slow",
    "Static",
    "Visitor",
]


class Page(Browser):
    """The front page, as fast as it is answered."""

    @task
    def page(self) -> None:
        """Without its files."""
        self.ask("GET", "/")


class Patient(Page):
    """The same with a breath between, beside slow clients who were there first."""

    wait_time = constant(0.1)

    def on_start(self) -> None:
        """Let them come; and visitors do not all begin in the same moment."""
        gevent.sleep(CROWD_FIRST + random.uniform(0, 0.1))


class Greeted(Browser):
    """A page that an app makes each time, and no cache keeps."""

    @task
    def greet(self) -> None:
        """As fast as it is answered."""
        self.ask("GET", "/hello?name=load", name="/hello")


class Static(Browser):
    """The files of the front page, as if for the first time, each time."""

    def on_start(self) -> None:
        """See which files there are: from step 05 on their names change with their content."""
        page = self.ask("GET", "/")
        found = [self.own(address) for _, address in parts(page.text)] if page is not None else []
        self.paths = [path for path in found if path] or ["/static/style.css", "/static/guestbook.png"]

    @task
    def files(self) -> None:
        """One after the other."""
        for path in self.paths:
            self.ask("GET", path, name=f"*.{path.rpartition('.')[2]}")


class Slow(Browser):
    """A page that takes time and no work."""

    @task
    def slow(self) -> None:
        """As fast as it is answered."""
        self.ask("GET", f"/slow?seconds={SLOW_SECONDS}", name="/slow")


class Member(Browser):
    """Logs in, sees the page that greets by name, logs out; and again."""

    @task
    def session(self) -> None:
        """One session."""
        self.log_in_and_out()


class Visitor(Browser):
    """A person: looks around with a browser's cache, signs now and then, logs in where one can, and reads."""

    wait_time = between(0.5, 1.5)
    can_log_in = False

    def on_start(self) -> None:
        """Newcomers do not all come in the same moment."""
        self.wait()
        self.come()

    @task(20)
    def come(self) -> None:
        """The front page with what belongs to it."""
        text = self.look()
        if text:
            self.can_log_in = "/login" in text

    @task(3)
    def sign(self) -> None:
        """Read the form, sign, see the entry."""
        page = self.ask("GET", "/sign")
        words = f"visit {random.randrange(10**6)}"
        if page is not None and self.fill_in(page.text, "/guestbook", name="load", message=words):
            self.look()

    @task(1)
    def session(self) -> None:
        """Where there are logins."""
        if self.can_log_in:
            self.log_in_and_out()


@events.init_command_line_parser.add_listener
def _words(parser: Any) -> None:
    options.add(parser)
    parser.add_argument(
        "--scenario",
        choices=[ALL, *SCENARIOS],
        default=ALL,
        help="whose visitors come",
        is_required=True,
    )
    parser.add_argument(
        "--site",
        choices=[THE_HOST, *site_choices()],
        default=THE_HOST,
        help="a step that runs on this machine",
        is_required=True,
    )


@events.init.add_listener
def _init(environment: Any, **_: Any) -> None:
    environment.all_visitors = list(environment.user_classes)
    reporting.begin(environment)
    if isinstance(environment.runner, MasterRunner):  # it has shared the visitors out when the test starts
        _choose(environment)


@events.test_start.add_listener
def _choose(environment: Any, **_: Any) -> None:
    """What a person has chosen: whom to visit, and who does. Workers do what their master says."""
    given, step = environment.parsed_options, 0
    if given is None or isinstance(environment.runner, WorkerRunner):
        return
    if given.site != THE_HOST:
        environment.host = given.site.split()[-1]
        step = int(given.site[4:6])
    if given.scenario != ALL:
        wanted = SCENARIOS[given.scenario].classes_at(step)
        environment.user_classes[:] = [one for one in environment.all_visitors if one.__name__ in wanted]
