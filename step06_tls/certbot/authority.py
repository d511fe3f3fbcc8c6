"""pebble, an ACME authority that really asks for proof, for as long as it is needed and no longer.

It keeps nothing: each start is another authority, with another root, which knows no account. How it is asked
and what it looks at is ACME's (RFC 8555); here only its processes are started and ended.
"""

import random
import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from step06_tls import certificates
from step06_tls.certbot import names, pebble

PATIENCE = 30.0
# Neither the course's own ports nor those that kernels give to outgoing connections.
_PORTS = range(29200, 32000)
# The shell becomes the program. Beside it something waits for the end of our own standard input to it, which
# the kernel closes however we end, and then ends the program: nothing is orphaned.
_WITH_US = 'exec 3<&0; { read -r _ <&3; kill "$$"; } & exec "$@" </dev/null'


class CannotIssue(Exception):
    """Why there is no new certificate, in one line for the person at the terminal."""


@dataclass(frozen=True)
class Authority:
    """A running authority: where it is asked, and whose certificate makes its connections trusted."""

    directory: str
    trusted: Path
    management: str

    def save_root(self, path: Path) -> None:
        """Write the root certificate that stands above all that it issues."""
        context = ssl.create_default_context(cafile=self.trusted)
        # No proxy: the authority is on this machine.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(f"{self.management}/roots/0", timeout=PATIENCE) as answer:
            certificates.write(path, answer.read(), 0o644)


def find(environ: Mapping[str, str]) -> str:
    """The program; CannotIssue with the mend if it is missing."""
    asked = environ.get("PEBBLE") or "pebble"
    if found := shutil.which(asked, path=environ.get("PATH")):
        return found
    raise CannotIssue(
        f"no program {asked} here; on Debian and Ubuntu: sudo apt-get install pebble, elsewhere build it "
        "(github.com/letsencrypt/pebble) and name it: PEBBLE=/path/to/pebble"
    )


@contextmanager
def running(run: Path, http_port: int, environ: Mapping[str, str]) -> Iterator[Authority]:
    """pebble, which looks for proofs at this port; ended when the block is left, however it is left."""
    program = find(environ)
    folder = run / "step06" / "acme" / "pebble"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    acme, management = _free_ports(2)
    pebble.configure(run, folder, pebble.Listener("127.0.0.1", acme, management), http_port)
    with names.server() as resolver:
        command = (program, "-strict", "-config", str(folder / "pebble.json"), "-dnsserver", resolver)
        with _process(command, acme, folder / "pebble.log", {**environ, **pebble.ENVIRONMENT}):
            root = run / "authority" / "root.pem"
            yield Authority(f"https://localhost:{acme}/dir", root, f"https://localhost:{management}")


@contextmanager
def _process(command: tuple[str, ...], port: int, log: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """A program that listens at that port, in a session of its own: Ctrl-C is for us to hear, not for it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", _WITH_US, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=dict(environ),
            start_new_session=True,
        )
    try:
        _wait_for(process, port, log)
        yield
    finally:
        process.terminate()
        if process.stdin:
            process.stdin.close()
        process.wait(PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                raise CannotIssue(f"the authority does not start: {' '.join(last) or log}") from None
            time.sleep(0.02)


def _free_ports(count: int) -> list[int]:
    draw, found = random.SystemRandom(), set[int]()
    while len(found) < count:
        port = draw.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
    return list(found)
