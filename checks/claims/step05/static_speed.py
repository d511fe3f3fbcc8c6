"""Each style sheet and picture takes the time of a page: the app's threads push files, too."""

import time
from collections.abc import Iterator

from checks.claim import Evidence, absent, broken, check, kept
from checks.crowd import LOAD_PATH
from checks.site import Site
from checks.visitor import parts

TIMES = 2.0
ATTEMPTS = 3  # where the file came late each time, once more
SERIES, EACH = 5, 10  # of the page no more than a limit by address lets through


@check(
    question=f"Does a static file come at least {TIMES:g} times as fast as a page that the app makes?",
    shows="files are pushed by Python",
    specification="https://nginx.org/r/sendfile; https://flask.palletsprojects.com/en/stable/deploying/",
    by_hand="f=$({curl} -sm 5 {url}/ | grep -o '/static/[^\"]*' | head -1); for p in /hello $f; do "
    "echo $p; {curl} -sm 9 -o /dev/null -w '%{time_starttransfer}\\n' \"{url}$p?[1-9]\"; done",
    bound=20.0,
    hints={
        "app": "The file goes through the app, or takes as long as if it did. Let the proxy serve the folder "
        "itself (nginx: a location with root, sendfile on).",
        "missing": "The front page names a file that the site does not have.",
    },
)
def static_speed(site: Site) -> Evidence:
    """One visitor asks for the page and for the file in turn, one request after the other."""
    files = parts(site.get("/").text)
    if not files:
        return absent("the front page brings no file along")
    path = files[0][1]
    if (status := site.get(path).status) != 200:
        return broken(f"{path}, which the front page names, is answered with {status}", "missing")
    for _ in range(ATTEMPTS):
        of_page, of_file = shortest(site, path)
        ratio = round(of_page / of_file, 1)
        says = f"the page takes {of_page * 1000:.2f} ms, {path} {of_file * 1000:.2f} ms"
        if ratio >= TIMES:
            return kept(says, ratio, "×")
    return broken(says, "app", ratio, "×")


def shortest(site: Site, path: str) -> tuple[float, float]:
    """How many seconds the page and the file take at best, asked for in turn: noise only ever adds."""
    taken: tuple[list[float], list[float]] = ([], [])
    both = ask_again_and_again(site, LOAD_PATH), ask_again_and_again(site, path)
    for _ in range(SERIES):
        for asked, times in zip(both, taken, strict=True):
            next(asked)  # the first of a series may find cold caches
            times += [next(asked) for _ in range(EACH)]
    return min(taken[0]), min(taken[1])


def ask_again_and_again(site: Site, path: str) -> Iterator[float]:
    """How many seconds each answer takes; on one connection, if the site keeps it."""
    source, wire = site.elsewhere(), None
    while True:
        began = time.monotonic()
        wire = wire or site.connect(source=source, noted=False)
        wire.send(site.request("GET", path, close=False))
        if wire.answer().closes:
            wire.close()
            wire = None
        yield time.monotonic() - began
