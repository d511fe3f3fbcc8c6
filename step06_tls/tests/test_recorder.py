"""The recording relay: what it writes is what passed, and `tshark` reads it."""

import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.sites import Site
from step05_nginx.tests.edge import ROOT, wait_until


def packets(capture: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    """From port, to port, sequence and acknowledgement number, content."""
    assert struct.unpack("=I", capture[:4]) == (0xA1B2C3D4,)
    place = 24
    while place < len(capture):
        (length,) = struct.unpack("=I", capture[place + 8 : place + 12])
        packet = capture[place + 16 : place + 16 + length]
        assert struct.unpack("!H", packet[2:4]) == (length,)
        source, target, sequence, acknowledged = struct.unpack("!HHII", packet[20:32])
        yield source, target, sequence, acknowledged, packet[40:]
        place += 16 + length


@contextmanager
def recording(site_port: int, path: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "step06_tls.recorder", str(port), str(site_port), str(path)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_until(path.exists)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def test_it_writes_what_both_said_in_order(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as site,
        recording(site.getsockname()[1], tmp_path / "capture") as port,
    ):
        visitor = socket.create_connection(("127.0.0.1", port), timeout=10)
        behind, _ = site.accept()
        with visitor, behind:
            visitor.sendall(b"a question")
            assert behind.recv(100) == b"a question"
            behind.sendall(b"an answer")
            assert visitor.recv(100) == b"an answer"
    said = list(packets((tmp_path / "capture").read_bytes()))
    assert [one[4] for one in said] == [b"a question", b"an answer"]
    (asker, answerer, *numbers, _), (back, to, *answered, _) = said
    assert (asker, answerer) == (to, back)
    assert (numbers, answered) == ([1, 1], [1, 11])


@pytest.mark.parametrize("version", ["--tlsv1.3", "--tls-max=1.2"])
def test_with_the_key_log_the_request_is_readable_and_without_it_is_not(
    site: Site, tmp_path: Path, needs: Callable[[str], str], version: str
) -> None:
    curl, tshark = needs("curl"), needs("tshark")
    capture, keys = tmp_path / "capture.pcap", tmp_path / "keys"
    with recording(site.ports["https"], capture) as port:
        asked = [curl, "-q", "-sS", "--http1.1", *version.split("="), "--cacert", str(site.root_certificate)]
        asked += ["-o", "/dev/null", "-w", "%{http_code}", "-d", "password=analytical"]
        done = subprocess.run(
            [*asked, f"https://localhost:{port}/login"],
            env={"SSLKEYLOGFILE": str(keys)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "400"
    assert b"analytical" not in capture.read_bytes()
    look = [tshark, "-r", str(capture), "-d", f"tcp.port=={site.ports['https']},tls", "-q"]
    follow = ["-z", "follow,tls,ascii,0"]
    without = subprocess.run([*look, *follow], capture_output=True, text=True, check=True).stdout
    assert "analytical" not in without
    key_log = ["-o", f"tls.keylog_file:{keys}"]
    readable = subprocess.run([*look, *key_log, *follow], capture_output=True, text=True, check=True).stdout
    assert "POST /login HTTP/1.1" in readable
    assert "password=analytical" in readable
