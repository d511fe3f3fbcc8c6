"""The nginx that runs in a scratch folder: where it listens, what it serves, how it is reloaded."""

import os
import re
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from cryptography import x509

PATIENCE = 20.0
STEPS = ("step06", "step07")  # they serve the same certificate


@dataclass(frozen=True)
class Edge:
    """A running nginx."""

    step: str
    pid: int
    http: int
    https: int

    def reload(self) -> None:
        """Let it read its files again; whoever is connected stays so."""
        os.kill(self.pid, signal.SIGHUP)

    def served(self) -> x509.Certificate:
        """The certificate that a visitor is shown. Which one is the question, so none is refused."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self.https), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            shown = connection.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(shown or b"")

    def comes_to_serve(self, certificate: x509.Certificate) -> bool:
        """Whether it serves this one within some seconds: a reload takes a moment."""
        deadline = time.monotonic() + PATIENCE
        while self.served() != certificate:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def running(run: Path) -> list[Edge]:
    """Those of steps 06 and 07 that run now."""
    return list(_running(run))


def _running(run: Path) -> Iterator[Edge]:
    for step in STEPS:
        try:
            pid = int((run / step / "nginx.pid").read_text(encoding="ascii"))
            # A number may have been given to another process since; that one must not get our signals.
            if "nginx" not in psutil.Process(pid).name():
                continue
            text = (run / step / "nginx.conf").read_text(encoding="utf-8")
        except (OSError, ValueError, psutil.Error):
            continue
        listens = re.findall(r"^ *listen 127\.0\.0\.1:(\d+)( ssl)?;", text, re.M)
        ports = {bool(tls): int(port) for port, tls in listens}
        yield Edge(step, pid, ports[False], ports[True])
