"""Servers that are wrong in one way each, as learners' are: Honest with one method changed.

`python -m checks.mutants.servers NAME PORT` serves the class of that name.
"""

import os
import select
import socket
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Semaphore
from urllib.parse import unquote, unquote_to_bytes

from checks.mutants.honest import STATIC, Answer, Fields, Honest, Refused, Request

# ---- processes and threads


class OneLoop(Honest):
    """One process, no thread, a deep backlog: the next visitor waits until this one is done."""

    def run(self, listener: socket.socket) -> None:
        """Serve, with nobody behind."""
        self.serve(listener)

    def welcome(self, visitor: socket.socket) -> None:
        """Serve this visitor to the end."""
        self.converse(visitor)


class NewestFirst(Honest):
    """Takes whoever waits at the door, and serves the last of them first."""

    def serve(self, listener: socket.socket) -> None:
        """One after the other, the newest first."""
        waiting: list[socket.socket] = []
        while True:
            if not waiting:
                waiting.append(listener.accept()[0])
            time.sleep(0.02)  # time for those behind
            while select.select([listener], [], [], 0)[0]:
                waiting.append(listener.accept()[0])
            self.converse(waiting.pop())


class NobodyBehind(Honest):
    """Threads, but a single process."""

    def run(self, listener: socket.socket) -> None:
        """Serve, with nobody behind."""
        self.serve(listener)


class ForkedOnce(Honest):
    """Two workers, and a parent that only waits for them."""

    def run(self, listener: socket.socket) -> None:
        """Fork, and never again."""
        workers = [self.fork(listener) for _ in range(2)]
        for worker in workers:
            os.waitpid(worker, 0)
        time.sleep(3600)

    def fork(self, listener: socket.socket) -> int:
        """Start a worker."""
        worker = os.fork()
        if not worker:
            self.serve(listener)
        return worker


class FewThreads(Honest):
    """Eight threads, and each idle connection holds one."""

    def __init__(self) -> None:
        super().__init__()
        self.free = Semaphore(8)

    def welcome(self, visitor: socket.socket) -> None:
        """Wait for a free thread."""
        self.free.acquire()
        super().welcome(visitor)

    def converse(self, visitor: socket.socket) -> None:
        """Give the thread back at the end."""
        super().converse(visitor)
        self.free.release()


class TwoThreads(Honest):
    """Two threads for everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.free = Semaphore(2)

    def slow(self, query: dict[str, str]) -> str:
        """Wait for one of them."""
        with self.free:
            return super().slow(query)


class DiesOfNobody(OneLoop):
    """Takes the first word of what came, also when nothing came."""

    def receive(self, visitor: socket.socket) -> bytes:
        """IndexError, if there is no word."""
        data = super().receive(visitor)
        return data if data.split()[0] else b""


class SpinsOnNobody(OneLoop):
    """Loops until the empty line comes, also when the visitor has left."""

    def receive(self, visitor: socket.socket) -> bytes:
        """Never the end."""
        while not (data := super().receive(visitor)):
            time.sleep(0.01)  # in earnest it would burn a core
        return data


class DiesOfReset(OneLoop):
    """Nobody catches what recv() and send() raise."""

    def converse(self, visitor: socket.socket) -> None:
        """Without a net."""
        with visitor:
            self.answer_all(visitor)


class WaitsForTheGone(OneLoop):
    """Tries to send again after an error, for ever."""

    def send_body(self, visitor: socket.socket, answer: Answer) -> None:
        """Never give up."""
        for block in answer.blocks:
            while True:
                try:
                    visitor.sendall(block)
                    break
                except OSError:
                    time.sleep(0.05)


# ---- receiving


class OneRecv(Honest):
    """Takes what the first recv(1024) brings for the request."""

    def read_head(self, visitor: socket.socket, buffer: bytearray) -> bytes:
        """One piece."""
        buffer += visitor.recv(1024)
        head, _, rest = bytes(buffer).partition(b"\r\n\r\n")
        buffer[:] = rest
        return head


class ForgetsPieces(Honest):
    """Looks for the empty line in the newest piece only."""

    def receive(self, visitor: socket.socket) -> bytes:
        """Throw away what is not a whole head."""
        data = b""
        while b"\r\n\r\n" not in (data := super().receive(visitor)) and data:
            pass
        return data


class OneRequest(Honest):
    """Throws away what came behind the first request."""

    def answer_one(self, visitor: socket.socket, buffer: bytearray) -> bool:
        """A fresh buffer each time."""
        return super().answer_one(visitor, bytearray())


class HalfBody(Honest):
    """Takes for the body what came with the head."""

    def take(self, visitor: socket.socket, buffer: bytearray, size: int) -> bytes:
        """No further recv()."""
        return super().take(visitor, buffer, min(size, len(buffer)))


class Bottomless(Honest):
    """No limits: neither for the line nor for the head nor for the body."""

    LINE = HEAD = 10**9

    def body_length(self, fields: Fields) -> int | None:
        """As it says."""
        lengths = [value for name, value in fields if name == "content-length"]
        return int(lengths[0]) if lengths else super().body_length(fields)


class Large(Honest):
    """Refuses an announced gigabyte, and reads everything below."""

    BODY = 10**9


class Always400(Honest):
    """Refuses what is too long as if it were misspelt."""

    def limit(self, head: bytes) -> None:
        """400 for everything."""
        try:
            super().limit(head)
        except Refused:
            raise Refused("400 Bad Request") from None


class HangsUpRudely(Honest):
    """Closes while the client is still sending."""

    def hang_up(self, visitor: socket.socket) -> None:
        """close() follows at once."""


# ---- reading a request


class DictOfFields(Honest):
    """Keeps the header lines in a dictionary, so the last of several wins."""

    def parse_fields(self, lines: list[str]) -> Fields:
        """One of each name."""
        return list(dict(super().parse_fields(lines)).items())


class NoHost(Honest):
    """Does not ask for which site the request is."""

    def check_host(self, fields: Fields) -> None:
        """Whatever."""


class FirstLength(Honest):
    """Believes the first Content-Length."""

    def body_length(self, fields: Fields) -> int | None:
        """One is enough."""
        lengths = [field for field in fields if field[0] == "content-length"]
        return super().body_length([field for field in fields if field not in lengths[1:]])


class IntLength(Honest):
    """Leaves the syntax of a length to int()."""

    def body_length(self, fields: Fields) -> int | None:
        """int() takes +5 too."""
        return super().body_length([(name, value.replace("+", "")) for name, value in fields])


class LengthBesideChunks(Honest):
    """Looks at Content-Length first, and at Transfer-Encoding only where there is none."""

    def body_length(self, fields: Fields) -> int | None:
        """What follows the length is the next request."""
        if any(name == "content-length" for name, _ in fields):
            fields = [field for field in fields if field[0] != "transfer-encoding"]
        return super().body_length(fields)


class GoesOn(Honest):
    """Keeps the connection after a refusal."""

    def may_go_on(self, refusal: Refused) -> bool:
        """As if it were clear where the next request begins."""
        return True

    def answer_one(self, visitor: socket.socket, buffer: bytearray) -> bool:
        """The next one may come."""
        super().answer_one(visitor, buffer)
        return True


class StaysOpen(GoesOn):
    """Keeps the connection after a refusal, and throws away what had come."""

    def answer_one(self, visitor: socket.socket, buffer: bytearray) -> bool:
        """A fresh start."""
        return super().answer_one(visitor, bytearray())


class NoChunks(Honest):
    """Knows no other length than Content-Length."""

    def body_length(self, fields: Fields) -> int | None:
        """0 for chunks."""
        return super().body_length(fields) or 0


class RawChunks(Honest):
    """Takes the chunks' wrapping for text."""

    def read_body(self, visitor: socket.socket, buffer: bytearray, fields: Fields) -> bytes:
        """Up to the last chunk."""
        if ("transfer-encoding", "chunked") not in fields:
            return super().read_body(visitor, buffer, fields)
        while not buffer.endswith(b"0\r\n\r\n"):
            buffer += self.receive(visitor) or self.left_early()
        return self.take(visitor, buffer, len(buffer))


class Latin1(Honest):
    """Decodes each percent sign to a character of its own."""

    def parse_form(self, encoded: bytes) -> dict[str, str]:
        """Latin-1 for UTF-8."""
        pairs = (pair.replace(b"+", b" ").partition(b"=") for pair in encoded.split(b"&"))
        return {name.decode(): unquote_to_bytes(value).decode("latin-1") for name, _, value in pairs}


class DecodesTwice(Honest):
    """Undoes the percent signs when the request is read, and again when the file is sought."""

    def find_file(self, name: str) -> Path:
        """Check, then decode once more."""
        super().find_file(name)
        return STATIC / unquote(name)


class JoinsPaths(Honest):
    """Joins the folder and what was asked for."""

    def find_file(self, name: str) -> Path:
        """As it came."""
        return STATIC / name


class OnlyDots(Honest):
    """Refuses `..`, and forgets that an absolute path needs none."""

    def find_file(self, name: str) -> Path:
        """Look for dots."""
        if ".." in name:
            raise Refused("404 Not Found")
        return STATIC / name


# ---- choosing a page


class Always200(Honest):
    """Shows the front page where there is none."""

    def find_page(self, request: Request) -> Answer:
        """Something for everybody."""
        try:
            return super().find_page(request)
        except Refused:
            return self.page(self.front({}))


class AnyMethod(Honest):
    """Never looks at the method."""

    def allow(self, request: Request, *methods: str) -> None:
        """All are welcome."""


class NoAllow(Honest):
    """Refuses a method, and does not say which would do."""

    def allow(self, request: Request, *methods: str) -> None:
        """The bare status."""
        if request.method not in methods:
            raise Refused("405 Method Not Allowed")


class NotImplementedHere(Honest):
    """Refuses a method as if it did not exist."""

    def allow(self, request: Request, *methods: str) -> None:
        """501 for 405."""
        if request.method not in methods:
            raise Refused("501 Not Implemented")


class NoHead(Honest):
    """Knows GET and POST."""

    def allow(self, request: Request, *methods: str) -> None:
        """HEAD is not among them."""
        super().allow(request, *(method for method in methods if method != "HEAD"))


class NoRedirect(Honest):
    """Answers a form with 200."""

    def sign(self, form: dict[str, str]) -> Answer:
        """A reload signs again."""
        super().sign(form)
        return self.page("<p>Thank you!</p>")


class LosesEntries(Honest):
    """Says 303, and keeps nothing: say, because each worker has a list of its own."""

    def sign(self, form: dict[str, str]) -> Answer:
        """Forget it."""
        answer = super().sign(form)
        self.entries = []
        return answer


# ---- answering


class OnlyHTML(Honest):
    """The page and nothing else: no status line, no fields."""

    def head(self, answer: Answer, persists: bool) -> bytes:
        """Nothing."""
        return b""


class BareLineFeeds(Honest):
    r"""Ends lines as Python does: by "\n"."""

    line_end = "\n"


class NoType(Honest):
    """Does not say what a page is."""

    def text(self, text: str, media_type: str, status: str = "200 OK", *fields: tuple[str, str]) -> Answer:
        """Without Content-Type."""
        answer = super().text(text, media_type, status, *fields)
        return Answer(answer.status, answer.fields[1:], answer.blocks, answer.length)


class AllHTML(Honest):
    """Calls everything text/html."""

    def media_type(self, path: Path) -> str:
        """Always the same."""
        return "text/html"


class NoFiles(Honest):
    """The page names files that nobody serves."""

    def find_file(self, name: str) -> Path:
        """There is none."""
        raise Refused("404 Not Found")


class TextMode(Honest):
    """Opens a picture as text."""

    def content(self, path: Path) -> bytes:
        """Replace what is no UTF-8."""
        return path.read_text(errors="replace").encode()


class HalfSent(Honest):
    """send() may take only a part; the rest is forgotten."""

    def content(self, path: Path) -> bytes:
        """As if the socket had taken 1,000 bytes."""
        return super().content(path)[:1000]


class CountsCharacters(Honest):
    """Content-Length by len() of the text."""

    def measure(self, text: str) -> int:
        """An ë is one."""
        return len(text)


class NoLength(Honest):
    """Does not say where an answer ends, and keeps the connection open."""

    def framing(self, length: int) -> list[str]:
        """Nothing."""
        return []


class BodyWithHead(Honest):
    """Answers HEAD as GET."""

    def send(self, visitor: socket.socket, answer: Answer, request: Request, persists: bool) -> None:
        """With the body."""
        super().send(visitor, answer, Request("GET", "", "", "", []), persists)


class BuffersAll(Honest):
    """Makes the whole answer before it sends the first byte."""

    def send_body(self, visitor: socket.socket, answer: Answer) -> None:
        """All blocks at once."""
        visitor.sendall(b"".join(copies(answer.blocks)))


def copies(blocks: Iterable[bytes]) -> list[bytes]:
    """The blocks, in memory."""
    return list(blocks)


def main() -> None:
    """Serve the class that is named on the command line."""
    name, port = sys.argv[1:]
    server: Honest = Honest() if name == "Honest" else globals()[name]()
    with socket.create_server(("127.0.0.1", int(port)), backlog=128) as listener:
        server.run(listener)


if __name__ == "__main__":
    main()
