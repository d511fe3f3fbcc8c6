"""From a template and a few names to the nginx.conf of one step.

Only the names given are filled in, as envsubst does in the official image: nginx's own variables ($uri, $host
…) look alike, and stay untouched. The names are for paths, ports and lines, nothing else; the rest is in the
template to read.
"""

import grp
import os
import pwd
import re
import socket
from collections.abc import Mapping
from pathlib import Path

# nginx knows no way to write these in a quoted path: variables begin with $, include patterns with the
# others.
_NOT_IN_A_PATH = re.compile(r'["$\\*?\[\n]')


class CannotPrepare(Exception):
    """Why the step cannot start, in one line for the person at the terminal."""


def render(template: str, names: Mapping[str, str]) -> str:
    """The template with each ``${name}`` that is among the names in its place."""
    return re.sub(r"\$\{(\w+)\}", lambda found: names.get(found[1], found[0]), template)


def names(project: Path, run: str, ports: Mapping[str, str]) -> dict[str, str]:
    """What a template may name: the folders, the lines that depend on this machine, and these ports."""
    for path in (str(project), run):
        if _NOT_IN_A_PATH.search(path):
            raise CannotPrepare(f'nginx cannot be told a path with one of " $ \\ * ? [ in it: {path}')
    return {
        "project": str(project),
        "run": run,
        "user": user_line(),
        "address": "127.0.0.1",
        "certificate": "tls",
        # Before a line that is for containers only, or for all else.
        "if_container": "# in containers: ",
        "if_native": "",
        # Before a line that speaks of [::1]: makes a comment of it where it would keep nginx from starting.
        "if_ipv6": "" if has_ipv6_loopback() else "# no IPv6 on this machine: ",
        **ports,
    }


def user_line() -> str:
    """As whom nginx serves: as whoever started it, since only this user surely reaches the app's socket.

    Nobody but root can choose. Started by root, nginx would otherwise serve as "nobody".
    """
    if os.geteuid() != 0:
        return ""
    root = pwd.getpwuid(os.geteuid())
    return f"user {root.pw_name} {grp.getgrgid(root.pw_gid).gr_name};"


def has_ipv6_loopback() -> bool:
    """Whether this machine has the address [::1]."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def write(path: Path, text: str) -> None:
    """Replace the file in one go: nginx may be reading it just now, because somebody reloads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
