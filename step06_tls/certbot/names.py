"""A name server for the authority: every name is this machine. DNS: RFC 1035, sections 4.1 and 4.2.1."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_HEADER = struct.Struct("!6H")
_ANSWER = 0x8580  # the flags QR, AA, RD and RA: an answer, which is final
_A, _INTERNET = 1, 1
# The name of the question again (a pointer to byte 12), type, class, for how many seconds, length, address.
_THIS_MACHINE = struct.pack("!HHHIH4B", 0xC00C, _A, _INTERNET, 0, 4, 127, 0, 0, 1)


def answer(query: bytes) -> bytes:
    """To whoever asks for an address (A): 127.0.0.1; to all else: nothing. ValueError if it is no query."""
    if len(query) < _HEADER.size:
        raise ValueError("too short for a query")
    number = _HEADER.unpack_from(query)[0]
    end = query.index(0, _HEADER.size) + 5  # behind the name's last, empty label stand two numbers
    question = query[_HEADER.size : end]
    found = _THIS_MACHINE if question[-4:] == struct.pack("!HH", _A, _INTERNET) else b""
    return _HEADER.pack(number, _ANSWER, 1, bool(found), 0, 0) + question + found


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        query, here = self.request
        with suppress(ValueError):  # no DNS: no answer either
            here.sendto(answer(query), self.client_address)


@contextmanager
def server() -> Iterator[str]:
    """A name server for as long as the block runs; its address."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{listener.server_address[1]}"
        finally:
            listener.shutdown()
            thread.join()
