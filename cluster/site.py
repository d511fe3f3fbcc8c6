"""The site on a node, asked from this machine as a visitor asks."""

import socket
import ssl
from pathlib import Path

from cluster.place import Place

NAME = "app.lab.test"  # one of the names in the certificate
PORT = 8447
READY = f"GET /readyz HTTP/1.1\r\nHost: {NAME}:{PORT}\r\nConnection: close\r\n\r\n".encode("ascii")


def authority(place: Place) -> Path:
    """The certificate by which a visitor knows the site's."""
    return place.folder / "prepared" / "authority" / "root.pem"


def is_ready(place: Place, number: int) -> bool:
    """Whether the site answers there, and has its Redis (/readyz)."""
    trusting = ssl.create_default_context(cafile=authority(place))
    try:
        with (
            socket.create_connection((place.address(number), PORT), 2) as plain,
            trusting.wrap_socket(plain, server_hostname=NAME) as wire,
        ):
            wire.sendall(READY)
            return wire.recv(64).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False
