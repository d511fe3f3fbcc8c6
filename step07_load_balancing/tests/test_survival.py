"""The whole step, and what dies in it while visitors ask."""

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from step07_load_balancing.tests.bounded_load import Counts, get, load
from step07_load_balancing.tests.real_redis import wait_until_written
from step07_load_balancing.tests.real_stack import APPS, REDIS, RealStack, eventually, real_stack

ROLLING_RESTART = [sys.executable, "-m", "step07_load_balancing.rolling_restart"]


@pytest.fixture(scope="module")
def started() -> Iterator[RealStack]:
    with tempfile.TemporaryDirectory(prefix="s7-", dir="/tmp") as run, real_stack(Path(run)) as stack:
        yield stack


@pytest.fixture
def stack(started: RealStack) -> RealStack:
    """The step, whole."""
    started.wait_until_whole()
    return started


def assert_nothing_lost(counts: Counts, at_least: int = 100) -> None:
    """No GET failed, and no answer was cut off (worker.py)."""
    assert counts.failures == {}
    assert counts.sent >= at_least


def test_visitors_are_served_by_all_three_apps(stack: RealStack) -> None:
    with stack.visitor() as visitor:
        answers = [visitor.ask("/whoami") for _ in range(30)]
    assert {answer.json()["served_by"] for answer in answers} == set(APPS)
    assert all(answer.headers["X-Served-By"] == answer.json()["served_by"] for answer in answers)
    assert len({answer.json()["pid"] for answer in answers}) == 3


def test_a_killed_app_costs_no_get_and_is_restarted(stack: RealStack) -> None:
    with load(stack.url, stack.site.root_certificate, get("/whoami")) as counts:
        eventually(lambda: counts.sent > 100)
        stack.kill("app2")
        after = counts.sent
        eventually(lambda: counts.sent > after + 100)
    assert_nothing_lost(counts)


def test_a_rolling_restart_costs_no_get_and_replaces_every_app(stack: RealStack) -> None:
    before = [stack.pid(app) for app in APPS]
    with load(stack.url, stack.site.root_certificate, get("/whoami"), visitors=4) as counts:
        command = [*ROLLING_RESTART, "--run", str(stack.site.run)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(APPS)
    assert not set(before) & {stack.pid(app) for app in APPS}
    assert_nothing_lost(counts)


def test_a_rolling_restart_stops_at_an_app_that_does_not_come_back(stack: RealStack) -> None:
    stack.supervise("stopProcess", REDIS)
    before = [stack.pid(app) for app in APPS[1:]]
    command = [*ROLLING_RESTART, "--run", str(stack.site.run), "--patience", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "app1 does not come back" in done.stderr
    assert "Traceback" not in done.stderr
    assert [stack.pid(app) for app in APPS[1:]] == before
    with stack.visitor() as visitor:
        assert visitor.ask("/hello").status_code == 200
    stack.supervise("startProcess", REDIS)


def test_a_login_survives_the_end_of_every_app(stack: RealStack) -> None:
    with stack.visitor() as visitor:
        visitor.log_in()
        for app in APPS:
            stack.kill(app)
            assert "Welcome back, ada." in visitor.ask("/").text
        assert "Welcome back, ada. Visit 4." in visitor.ask("/").text


def test_a_copied_cookie_is_dead_after_the_logout(stack: RealStack) -> None:
    with stack.visitor() as visitor, stack.visitor() as thief:
        visitor.log_in()
        thief.cookies.update(visitor.cookies)
        assert "Welcome back, ada." in thief.ask("/").text
        token = visitor.token("/")
        assert visitor.post_form("/logout", csrf_token=token).status_code == 303
        assert ["Welcome back" in thief.ask("/").text for _ in APPS * 2] == [False] * 6


def test_entries_survive_the_apps_and_redis(stack: RealStack) -> None:
    message = secrets.token_hex()
    with stack.visitor() as visitor:
        signed = visitor.post_form("/guestbook", name="ada", message=message, csrf_token=visitor.token())
        assert signed.status_code == 303
        with stack.redis() as redis:
            wait_until_written(redis)
        pids = [stack.pid(app) for app in APPS]
        for pid in pids:
            os.killpg(pid, signal.SIGKILL)
        os.kill(stack.supervise("getProcessInfo", REDIS)["pid"], signal.SIGKILL)
        stack.wait_until_whole()
        page = visitor.ask("/")
        assert (page.status_code, message in page.text) == (200, True)


def test_a_post_is_never_sent_twice(stack: RealStack) -> None:
    """Under kills some writers get an error; but no entry is there twice, and no confirmed one is missing."""
    confirmed: list[str] = []
    over = threading.Event()

    def write() -> None:
        with stack.visitor() as visitor:
            token = visitor.token()
            while not over.wait(0.02):
                message = secrets.token_hex(8)
                answer = visitor.post_form("/guestbook", name="writer", message=message, csrf_token=token)
                if answer.status_code == 303:
                    confirmed.append(message)

    writers = [threading.Thread(target=write) for _ in range(2)]
    with stack.redis() as redis:
        redis.delete("step07:entries")
        for writer in writers:
            writer.start()
        for app in APPS:
            stack.kill(app)
        eventually(lambda: len(confirmed) > 20)
        over.set()
        for writer in writers:
            writer.join()
        entries = [str(entry) for entry in redis.lrange("step07:entries", 0, -1)]
        assert 20 < len(confirmed) < 1000
        assert [times_stored(redis, message) for message in confirmed] == [1] * len(confirmed)
    assert len(entries) == len(set(entries))


def test_a_post_to_a_frozen_app_fails_and_yet_is_done_later_once(stack: RealStack) -> None:
    """Why a POST is not retried: silence does not tell whether it was done."""
    with stack.visitor() as visitor, stack.redis() as redis:
        token, unanswered = visitor.token(), ""
        stack.signal_app("app1", signal.SIGSTOP)
        while not unanswered:
            message = secrets.token_hex(8)
            answer = visitor.post_form("/guestbook", name="ada", message=message, csrf_token=token)
            unanswered = message if answer.status_code == 504 else ""
        assert [visitor.ask("/whoami").status_code for _ in range(5)] == [200] * 5
        stack.signal_app("app1", signal.SIGCONT)
        eventually(lambda: times_stored(redis, unanswered) > 0)
        stack.wait_until_whole()
        assert times_stored(redis, unanswered) == 1


def times_stored(redis: Redis, message: str) -> int:
    """How often the guest book has this entry."""
    return sum(message in str(entry) for entry in redis.lrange("step07:entries", 0, -1))


def test_while_redis_is_away_only_what_needs_it_fails_and_it_comes_back_by_itself(stack: RealStack) -> None:
    pids = [stack.pid(app) for app in APPS]
    with stack.visitor() as visitor:
        visitor.log_in()
        stack.supervise("stopProcess", REDIS)
        answers = [visitor.ask(path) for path in ("/", "/sign", "/", "/login", "/", "/readyz")]
        assert [answer.status_code for answer in answers] == [503] * 6
        assert [answer.headers.get("Retry-After") for answer in answers[:5]] == ["5"] * 5
        assert all("out of reach for a moment" in answer.text for answer in answers[:5])
        assert [visitor.ask(path).status_code for path in ("/hello", "/healthz", "/whoami") * 3] == [200] * 9
        stack.supervise("startProcess", REDIS)
        assert "Welcome back, ada." in visitor.ask("/").text
    assert [stack.pid(app) for app in APPS] == pids


def test_a_slow_answer_is_not_asked_for_again(stack: RealStack) -> None:
    """Five seconds of silence are a failure elsewhere; ``/slow`` is slow on purpose."""
    with stack.visitor() as visitor:
        answer = visitor.ask("/slow?seconds=5.5")
    assert answer.status_code == 200
    # nginx logs at the end of a request, and all apps that were asked: "unix:… : unix:…" would be two.
    log = stack.site.log
    eventually(lambda: "seconds=5.5" in log("step07-nginx"))
    line = next(line for line in log("step07-nginx").splitlines() if "seconds=5.5" in line)
    assert re.search(r'"upstream":"[^" ,]*app\d\.sock","upstream_status":"200"', line), line
