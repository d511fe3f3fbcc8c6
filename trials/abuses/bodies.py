"""Bodies and heads that are larger than they may be, or than they look."""

import gzip
import ssl
import struct
import time
from contextlib import suppress

import psutil

from checks.site import Site
from checks.wire import Silence, Wire
from trials.abuse_case import Case, Finding
from trials.arena import Arena

FORM = ("Content-Type", "application/x-www-form-urlencoded")
MEGABYTE = 1024 * 1024
MAY_GROW = 16.0  # MB, of all processes together
ZEROS = 100 * MEGABYTE
ANSWERED = "an answer"
REPEATED = 15_000  # times a field of 4 KB in one HTTP/2 head: 60 MB once unpacked


def announced(arena: Arena, finding: Finding) -> None:
    """Ten gigabytes are announced; none of them is sent."""
    with arena.site() as site:
        wire = site.connect(noted=False)
        began = time.monotonic()
        wire.send(site.request("POST", "/guestbook", FORM, ("Content-Length", str(10 * 1024**3))))
        status = wire.answer("POST", 5.0).status
        seconds = time.monotonic() - began
    finding.says = f"{status} after {seconds * 1000:.0f} ms, with not one byte of the body sent"
    finding.expect(status == 413, f"{status} instead of 413")
    finding.expect(not _asked_the_app(arena), "the app was asked")


def unannounced(arena: Arena, finding: Finding) -> None:
    """Chunks without end: nobody says how much will come."""
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    with arena.site() as site:
        wire = site.connect(noted=False)
        wire.send(site.request("POST", "/guestbook", FORM, ("Transfer-Encoding", "chunked")))
        sent = 0
        while not wire.buffer and sent < 64 * len(chunk):
            wire.send(chunk)
            sent += len(chunk)
            with suppress(Silence):  # no answer yet
                wire.buffer += wire.read(0.1)
        status = wire.answer("POST", 5.0).status
    finding.says = f"{status} when {sent // 1024} KB had been sent"
    finding.expect(status == 413, f"{status} instead of 413")
    finding.expect(not _asked_the_app(arena), "the app was asked")


def compressed(arena: Arena, finding: Finding) -> None:
    """A hundred megabytes of zeros, packed into less than a hundred kilobytes."""
    bomb = gzip.compress(b"0" * ZEROS, 9)
    part = bomb[: 60 * 1024]  # what fits into the limit of 64 KB; it still unpacks to some 60 MB
    before = _memory(arena)
    with arena.site() as site:
        whole = site.ask(
            site.request("POST", "/guestbook", FORM, ("Content-Encoding", "gzip"), body=bomb), "POST"
        )
        inner = site.ask(
            site.request("POST", "/guestbook", FORM, ("Content-Encoding", "gzip"), body=part), "POST"
        )
    grown = _memory(arena) - before
    finding.says = (
        f"{whole.status} and, for the part that fits, {inner.status}; memory grew by {grown:.1f} MB"
    )
    finding.expect(whole.status == 413, f"{whole.status} instead of 413")
    finding.expect(400 <= inner.status < 500, f"the small part was answered with {inner.status}")
    finding.expect(grown < MAY_GROW, f"memory grew by {grown:.1f} MB")


def header_bomb(arena: Arena, finding: Finding) -> None:
    """Ten thousand fields over HTTP/1.1; over HTTP/2 a field of 4 KB that is repeated by one byte each."""
    before = _memory(arena)
    with arena.site() as site:
        plain = site.ask(site.request("GET", "/hello", *[("X-Many", "a" * 60)] * 10_000)).status
        harmless = _over_http2(site, 1) if arena.main.tls else ANSWERED
        after = _over_http2(site, REPEATED) if arena.main.tls else "there is none"
        visitor = arena.visit(5)
    grown = _memory(arena) - before
    finding.says = f"{plain} over HTTP/1.1; HTTP/2: {after}; memory grew by {grown:.1f} MB"
    finding.expect(plain in (400, 431), f"{plain} instead of 431")
    finding.expect(grown < MAY_GROW, f"memory grew by {grown:.1f} MB")
    finding.expect(harmless == ANSWERED, f"a head with that field once, over HTTP/2: {harmless}")
    finding.expect(after != ANSWERED, f"HTTP/2: {after}")
    finding.expect(not visitor.failures, f"a visitor met {dict(visitor.failures)}")


def _over_http2(site: Site, repeated: int) -> str:
    """Send a head with that field so often; what the server says, in the names of frames (RFC 9113, 6)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    wire = site.connect(noted=False, context=context)
    wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b""))
    block = b"\x82\x87\x84\x41\x09localhost" + b"\x40\x01x" + _length(4000) + b"a" * 4000 + b"\xbe" * repeated
    pieces = [block[at : at + 16_000] for at in range(0, len(block), 16_000)]
    for place, piece in enumerate(pieces):
        last = place == len(pieces) - 1
        kind, flags = (1, 1) if place == 0 else (9, 0)
        wire.send(_frame(kind, flags | (4 if last else 0), 1, piece))
    return _last_word(wire)


def _last_word(wire: Wire) -> str:
    names = {0: "DATA", 1: "HEADERS", 3: "RST_STREAM", 7: "GOAWAY"}
    data = b""
    while piece := wire.read(5.0):
        data += piece
        found, at = [], 0
        while at + 9 <= len(data):
            found.append(names.get(data[at + 3], ""))
            at += 9 + int.from_bytes(data[at : at + 3], "big")
        if said := [name for name in found if name]:
            return f"refused with {said[-1]}" if said[-1] in ("RST_STREAM", "GOAWAY") else ANSWERED
    return "the connection is closed"


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _length(number: int) -> bytes:
    """An integer with a prefix of seven bits (RFC 7541, 5.1)."""
    number -= 127
    return bytes([127, number % 128 + 128, number // 128])


def _memory(arena: Arena) -> float:
    """What all processes of the step have in memory, in MB."""
    total = 0
    for pid in arena.stage.step.pids().values():
        root = psutil.Process(pid)
        total += sum(one.memory_info().rss for one in [root, *root.children(recursive=True)])
    return total / MEGABYTE


def _asked_the_app(arena: Arena) -> bool:
    """Whether nginx' log says that an app was asked for the 413."""
    log = arena.stage.step.log(f"{arena.stage.step.step}-nginx")
    lines = [line for line in log.splitlines() if '"status":413' in line]
    return any('"upstream":""' not in line for line in lines)


CASES = (
    Case(
        "announced-body",
        "A body of 10 GB, announced",
        "The head says how much will come. nginx answers 413 at once and reads nothing of it.",
        announced,
    ),
    Case(
        "endless-body",
        "A body without end",
        "Chunks come and come. nginx counts, and answers 413 at 64 KB; the app hears nothing.",
        unannounced,
    ),
    Case(
        "compressed-bomb",
        "A decompression bomb",
        "A hundred megabytes, packed into a hundred kilobytes. Nobody here unpacks what visitors send.",
        compressed,
    ),
    Case(
        "header-bomb",
        "A header bomb",
        "Ten thousand fields; and over HTTP/2 a field of 4 KB that one byte repeats (HPACK), 60 MB "
        "once unpacked. "
        "nginx stops at the limit of a head.",
        header_bomb,
    ),
)
