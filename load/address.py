"""Where load may go: to this machine alone, unless whoever sends it says that the server is theirs."""

import ipaddress
import socket
from urllib.parse import urlsplit


class Misused(Exception):
    """What was asked for cannot be; one line for the person at the terminal."""


def demand_loopback(url: str, own: bool) -> None:
    """Raise Misused unless every address of that URL's host is a loopback address, or `own`."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in ("http", "https") or not host:
        raise Misused(f"{url} is no address of a server; write it like http://127.0.0.1:9000")
    if own or _is_loopback(host, port or 80):
        return
    raise Misused(
        f"{host} is not this machine's own (loopback) address. Load on somebody else's server is an attack. "
        "If it is yours: OWN=1 (--i-own-this-server)"
    )


def _is_loopback(host: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Misused(f"the name {host} has no address: {error.strerror or error}") from error
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
