"""Somebody's own server, by its URL."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from load.address import demand_loopback
from load.sites import Aim, NotRunning


def own_server(url: str, own: bool, step: int = 0) -> Aim:
    """A server by its URL; Misused if it is not on this machine and not said to be one's own."""
    url = url.rstrip("/")
    demand_loopback(url, own)
    _demand_answer(url)
    authority = Path("run/authority/root.pem")
    trusted = authority if url.startswith("https") and authority.exists() else None
    at = urlsplit(url)
    port = at.port or (443 if at.scheme == "https" else 80)
    return Aim(step, url, trusted, None if own else lambda: _listeners(port))


def _listeners(port: int) -> Mapping[str, int]:
    """Who listens at this port of this machine, without those whom another of them has forked.

    Nobody, where the system does not tell (macOS, without root).
    """
    pids: set[int] = set()
    with suppress(psutil.Error):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
                pids.add(one.pid)
    found = {}
    for pid in sorted(pids):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.ppid() not in pids:
                found[f"{process.name()} ({pid})"] = pid
    return found


def _demand_answer(url: str) -> None:
    at = urlsplit(url)
    try:
        port = at.port or (443 if at.scheme == "https" else 80)
        socket.create_connection((at.hostname or "", port), timeout=3).close()
    except OSError as error:
        why = error.strerror or error
        raise NotRunning(f"nothing answers at {url} ({why}); start your server there first") from error
