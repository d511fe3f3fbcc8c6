"""The addresses that a person typed, as a target; whatever is wrong with them is one line with the mend."""

import ipaddress
import socket
import ssl
from dataclasses import replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from checks.claim import Trouble
from checks.command import CannotStart, Misused
from checks.site import Site
from checks.target import Address, Target
from checks.wire import Cut, Down, Silence

PORTS = {"http": 80, "https": 443}
TLS_ALERT = b"\x15\x03"  # how a TLS server answers who speaks plainly (RFC 8446, 5.1)


def target_of(url: str, http_url: str = "", authority: str = "") -> Target:
    """The target at URL, and at HTTP_URL where the same site speaks plain http. Asks no server yet."""
    main = address_of("URL", url)
    if http_url and not main.tls:
        raise Misused(f"HTTP_URL= goes beside an https URL: URL=https://… HTTP_URL={url}")
    if authority and not main.tls:
        raise Misused("AUTHORITY= is for certificates: give URL=https://… with it")
    plain = address_of("HTTP_URL", http_url) if http_url else None
    if plain and plain.tls:
        raise Misused(f"HTTP_URL={http_url} is the site's plain address: it begins with http://")
    if plain and plain.name != main.name:
        raise Misused(f"URL= and HTTP_URL= name one site by two names, {main.name} and {plain.name}; use one")
    signer = authority_file(authority) if authority else None
    return Target(url, http=plain if main.tls else main, https=main if main.tls else None, authority=signer)


def address_of(setting: str, url: str) -> Address:
    """Read one URL; Misused says what is wrong with it."""
    wrong = f"{setting}={url}"
    if "://" not in url:
        raise Misused(f"{wrong} lacks its beginning: {setting}=http://{url}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Misused(f"{wrong} is no address: {error}") from None
    if parts.scheme not in PORTS:
        raise Misused(f"{wrong}: the checks speak http and https, not {parts.scheme}")
    if not parts.hostname:
        raise Misused(f"{wrong} names no host: {setting}={parts.scheme}://127.0.0.1:9000")
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Misused(f"{wrong}: the checks choose the paths themselves: {setting}={_bare(parts)}")
    port = PORTS[parts.scheme] if port is None else port
    if not port:
        raise Misused(f"{wrong}: no server has port 0")
    return Address(_host(wrong, parts.hostname), port, parts.scheme == "https", parts.hostname)


def _bare(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _host(wrong: str, name: str) -> str:
    """The address behind the name, IPv4 if there is one; it must be this machine's or a neighbour's."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Misused(f"{wrong}: nobody knows the host {name}") from None
    host = min(found, key=lambda one: (":" in one, one))
    if ipaddress.ip_address(host.partition("%")[0]).is_global:
        raise Misused(f"{wrong}: the checks crowd and attack a site; give one on this machine or network")
    return host


def authority_file(name: str) -> Path:
    """A file of certificates that can be read as one."""
    path = Path(name).absolute()
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        raise Misused(f"AUTHORITY={name} holds no certificate (a PEM file is wanted)") from None
    except OSError as error:
        raise Misused(f"AUTHORITY={name} cannot be read: {error.strerror}") from None
    return path


def reached(target: Target) -> Target:
    """The target, if there is a server at its addresses; CannotStart says why not.

    Any answer will do, and silence too: that is for the checks to judge.
    """
    for setting, address in (("URL", target.main), ("HTTP_URL", target.http)):
        if address is not None:
            only = replace(
                target, http=None if address.tls else address, https=address if address.tls else None
            )
            _visit(setting, only)
    return target


def _visit(setting: str, target: Target) -> None:
    url = target.main.url
    plain, secure = url.replace("https:", "http:", 1), url.replace("http:", "https:", 1)
    try:
        with Site(target, bound=3.0) as site:
            answer = site.get("/")
    except Down as trouble:
        raise CannotStart(f"{trouble}; start your server in another terminal, or give CMD=") from None
    except Trouble as trouble:
        if isinstance(trouble, (Silence, Cut)) and "TLS" in str(trouble):
            raise CannotStart(f"{url}: {trouble}; if it speaks no TLS: {setting}={plain}") from None
        speaks_tls = trouble.culprit is not None and trouble.culprit.data.startswith(TLS_ALERT)
    else:
        speaks_tls = answer.status == 400 and b"HTTPS port" in answer.body  # nginx says so
    if speaks_tls:
        raise Misused(f"{url} speaks TLS: {setting}={secure}")
