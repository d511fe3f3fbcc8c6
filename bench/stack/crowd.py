"""Slow clients: `python -m bench.stack.crowd URL COUNT`. They begin a request, and go on by a byte a second.

Whoever is turned out comes again. The word "ready" is printed when all have begun; the end of the standard
input ends them, so that they cannot outlive whoever started them.
"""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

SLOW_CLIENTS = 200
PAUSE = 1.0


@contextmanager
def crowd(url: str, count: int, pin: Sequence[str]) -> Iterator[None]:
    """Have slow clients at a site for as long as the block lasts."""
    command = [*pin, sys.executable, "-m", "bench.stack.crowd", url, str(count)]
    # A session of its own: Ctrl-C reaches us, and the end of its input reaches the crowd.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as people:
        assert people.stdin
        assert people.stdout
        try:
            if people.stdout.readline() != b"ready\n":
                raise RuntimeError("the slow clients could not come")
            yield
        finally:
            people.stdin.close()
            people.wait()


async def be_slow(url: str, begun: asyncio.Semaphore) -> None:
    """One slow client, without end."""
    site = urlsplit(url)
    context = ssl._create_unverified_context() if site.scheme == "https" else None
    first = True
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(site.hostname, site.port, ssl=context)
            try:
                writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
                await writer.drain()
                if first:
                    begun.release()
                    first = False
                while not writer.is_closing():
                    await asyncio.sleep(PAUSE)
                    writer.write(b"s")
                    await writer.drain()
            finally:
                writer.close()
        await asyncio.sleep(PAUSE)


async def main(url: str, count: int) -> None:
    """Be the crowd until nobody wants it any more."""
    begun = asyncio.Semaphore(0)
    people = [asyncio.create_task(be_slow(url, begun)) for _ in range(count)]
    for _ in people:
        await begun.acquire()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for one in people:
        one.cancel()
    await asyncio.gather(*people, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
