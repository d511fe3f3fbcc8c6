"""Tell this machine's programs to trust the local authority, or no longer.

``python -m step06_tls.trust`` adds it, ``… untrust`` takes it out again. Each command is shown before it is
run, and ``--print`` only shows them.
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from step06_tls import certificates
from step06_tls.stores import Authority, Command, Store, browser_folders, stores_here


class CannotTrust(Exception):
    """What is in the way, in one line for the person at the terminal."""


def trust(authority: Authority, stores: Iterable[Store], *, only_print: bool) -> None:
    """Put the authority into every store that does not have it."""
    for store in stores:
        present = authority.label in store.held()
        commands = [] if present else store.add(authority)
        _do(store, commands, "already trusts it" if present else "will trust it", only_print)


def untrust(labels: set[str] | None, stores: Iterable[Store], *, only_print: bool) -> None:
    """Take these authorities out of every store; None stands for all that this course ever added."""
    for store in stores:
        held = [label for label in store.held() if labels is None or label in labels]
        commands = [command for label in held for command in store.remove(label)]
        _do(store, commands, "will no longer trust it" if held else "does not trust it", only_print)


def _do(store: Store, commands: list[Command], what: str, only_print: bool) -> None:
    print(f"{store.name} {what}.")
    for command in commands:
        sudo = command.as_root and os.geteuid() != 0
        words = ("sudo", *command.words) if sudo else command.words
        print(f"    {shlex.join(words)}{'   (asks for your password)' if sudo else ''}", flush=True)
        if not only_print:
            _run(words)


def _run(words: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(words, check=False)
    except FileNotFoundError as error:
        raise CannotTrust(f"there is no {words[0]} here; as root, run: {shlex.join(words[1:])}") from error
    if done.returncode:
        raise CannotTrust(f"{words[0]} ended with {done.returncode}; nothing more was done")


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and the environment; every failure is one clear line."""
    parser = argparse.ArgumentParser(
        prog="python -m step06_tls.trust", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("action", nargs="?", choices=("trust", "untrust"), default="trust")
    parser.add_argument("--print", action="store_true", help="only show the commands")
    parser.add_argument("--all", action="store_true", help="with untrust: also those of deleted run folders")
    asked = parser.parse_args(arguments)
    try:
        _act(Path(os.environ.get("RUN", "run")), Path.home(), asked)
    except (OSError, ValueError, CannotTrust) as error:
        print(f"{asked.action}: {error}", file=sys.stderr)
        return 1
    return 0


def _act(run: Path, home: Path, asked: argparse.Namespace) -> None:
    stores = list(stores_here(home))
    file = run / "authority" / "root.pem"
    if asked.action == "untrust":
        if not (asked.all or file.exists()):
            every = ".venv/bin/python -m step06_tls.trust untrust --all"
            raise CannotTrust(f"there is no {file}; {every} takes out what earlier ones have left")
        labels = None if asked.all else {Authority.read(file).label}
        return untrust(labels, stores, only_print=asked.print)
    certificates.ensure(run)
    authority = Authority.read(file)
    print(f"The authority {file} can vouch for localhost, lab.test and loopback addresses only.")
    print(f"SHA-256 fingerprint: {authority.fingerprint}")
    if not stores:
        raise CannotTrust(f"no trust store of a known kind here; name the file: curl --cacert {file}")
    trust(authority, stores, only_print=asked.print)
    if browser_folders(home) and not any("browser" in store.name for store in stores):
        print("Not your browser: its own list is changed by certutil, which is missing here (package")
        print("libnss3-tools on Debian, nss-tools on Fedora, nss on Arch and Homebrew).")
    return None


if __name__ == "__main__":
    sys.exit(main())
