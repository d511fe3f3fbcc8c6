"""A relay that writes down every byte which passes, as a capture file: ``python -m step06_tls.recorder``.

Real captures come from the kernel, and need root. This one stands in the middle instead. What the two ends
said is real; the headers of IP and TCP around it are made up, for a relay sees none.

The file: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/, with link type 101 (raw IP).
"""

import argparse
import select
import signal
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HOST = "127.0.0.1"
_HEAD = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
_LARGEST = 16384  # below the 65,535 bytes that an IP packet may have
_DATA = 0x18  # the flags ACK and PSH


@dataclass
class Side:
    """One end of the recorded conversation: its port, and how many bytes it has said."""

    port: int
    said: int = 1


class Capture:
    """A capture file that grows by a packet each time somebody speaks."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(_HEAD)
        file.flush()

    def add(self, speaker: Side, listener: Side, data: bytes) -> None:
        """Write one packet, at once: somebody may read the file while it grows."""
        packet = _ip(_tcp(speaker, listener) + data)
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        self._file.write(
            struct.pack("=IIII", seconds, nanoseconds // 1000, len(packet), len(packet)) + packet
        )
        self._file.flush()
        speaker.said += len(data)


def _tcp(speaker: Side, listener: Side) -> bytes:
    """RFC 9293, section 3.1; without a checksum, which readers do not ask for in a loopback capture."""
    numbers = speaker.said, listener.said
    return struct.pack("!HHIIBBHHH", speaker.port, listener.port, *numbers, 5 << 4, _DATA, 65535, 0, 0)


def _ip(content: bytes) -> bytes:
    """RFC 791, section 3.1: version 4, 64 hops, TCP."""
    address = socket.inet_aton(HOST)
    return (
        struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(content), 0, 0, 64, 6, 0, address, address) + content
    )


def pass_on(visitor: socket.socket, site: socket.socket, capture: Capture) -> None:
    """Until one of them closes."""
    sides = {visitor: Side(visitor.getpeername()[1]), site: Side(site.getpeername()[1])}
    other = {visitor: site, site: visitor}
    while True:
        for source in select.select(list(other), [], [])[0]:
            if not (data := source.recv(_LARGEST)):
                return
            capture.add(sides[source], sides[other[source]], data)
            other[source].sendall(data)


def record(port: int, site_port: int, path: Path) -> None:
    """Serve one visitor after the other, until Ctrl-C."""
    with socket.create_server((HOST, port)) as listener, path.open("wb") as file:
        capture = Capture(file)
        while True:
            visitor, _ = listener.accept()
            with visitor, socket.create_connection((HOST, site_port)) as site:
                try:
                    pass_on(visitor, site, capture)
                except ConnectionError:
                    continue


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m step06_tls.recorder", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("port", type=int, help="where to listen")
    parser.add_argument("site", type=int, help="the port to which all is passed on")
    parser.add_argument("file", type=Path, help="the capture file to write")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word
    record(asked.port, asked.site, asked.file)
