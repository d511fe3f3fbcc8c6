"""HEAD asks for the head alone. A body sent all the same is taken for the beginning of the next answer."""

from urllib.parse import urljoin, urlsplit

from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site
from checks.visitor import parts


@check(
    question="Does HEAD get the fields of GET, and no body?",
    shows="a body nobody asked for is taken for the next answer",
    specification="RFC 9110, 9.3.2 (HEAD); RFC 9112, 6.3",
    by_hand="{curl} -sS -m 5 --http1.1 -I {url}/; {curl} -s -m 2 --http1.1 -X HEAD {url}/ | wc -c   # the "
    "second: 0 bytes",
    hints={
        "status": "Every server answers HEAD where it answers GET, and with the same status.",
        "fields": "HEAD tells what GET would: the same Content-Type, and the same Content-Length if there "
        "is one.",
        "body": "After the head of an answer to HEAD nothing follows. Make the answer as for GET, and leave "
        "out the body when you send it.",
    },
)
def head_only(site: Site) -> Evidence:
    """Ask for the page and a file both ways, and compare."""
    files = [urlsplit(urljoin("http://site/", link)).path for _, link in parts(site.get("/").text)]
    for path in ["/", *files[:1]]:
        get = site.get(path)
        wire = site.connect()
        wire.send(site.request("HEAD", path))
        head = wire.answer("HEAD", patience=3.0)
        if head.status != get.status:
            return broken(f"HEAD {path} is answered with {head.status}, GET with {get.status}", "status")
        # The page names the process that made it, so its length may differ; a file's does not.
        for name in ("content-type", "content-length") if path != "/" else ("content-type",):
            told = head.field(name)
            if told != get.field(name) and (told or name == "content-type"):  # the length may be left out
                return broken(f"{path}: {name} is {told!r} by HEAD, {get.field(name)!r} by GET", "fields")
        if not wire.buffer and not wire.ended:
            wire.buffer += wire.read(patience=3.0)  # the body, if one follows; else the end
        if wire.buffer:
            return broken(
                f"a body follows the head of {path}", "body", culprit=Culprit(bytes(wire.buffer[:80]))
            )
    return kept("the fields of GET, and no body")
