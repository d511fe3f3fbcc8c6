"""A browser that has the file already is sent it again, each time. It could ask: has it changed?"""

from contextlib import suppress

from checks.answers import Answer
from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import parts
from checks.wire import Silence

# The field that names what the browser has, and the field with which it asks. RFC 9110, 13.1
CONDITIONS = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
BY_HAND = (
    "f=$({curl} -sm 5 {url}/ | grep -o '/static/[^\"]*' | head -1); "
    "e=$({curl} -sm 5 -D - -o /dev/null {url}$f | sed -n 's/^[Ee][Tt][Aa][Gg]: //p' | tr -d '\\r'); "
    "{curl} -sm 5 -o /dev/null -w '%{http_code}\\n' -H \"If-None-Match: $e\" {url}$f"
)


@check(
    question="Is a file that the browser has already answered with 304 instead of the file?",
    shows="each visit sends every file again",
    specification="RFC 9110, 13.1.2, 13.1.3 and 15.4.5",
    by_hand=BY_HAND,
    hints={
        "no-validator": "A file goes out with no ETag and no Last-Modified, so a browser has nothing to ask "
        "with. Time and size of the file make either.",
        "unconditional": "Compare If-None-Match with the file's ETag (and, where there is none, "
        "If-Modified-Since with its time); if it is the same, answer 304 and send no body.",
        "always": "304 is answered to whoever asks. Compare what the browser has with what you have.",
        "body": "A 304 ends with its head. What follows is taken for the next answer.",
    },
)
def conditional_request(site: Site) -> Evidence:
    """Fetch a file, then ask for it as a browser that has it, and as one that has another."""
    files = parts(site.get("/").text)
    if not files:
        return absent("the front page brings no file along")
    path = files[0][1]
    first = site.get(path)
    conditions = [(ask, value) for field, ask in CONDITIONS if (value := first.field(field))]
    if not conditions:
        return broken(
            f"{path} comes without ETag and Last-Modified", "no-validator", culprit=Culprit(first.head)
        )
    for condition in conditions:
        answer, rest = answer_and_rest(site, path, condition)
        if answer.status != 304:
            line = Culprit(": ".join(condition).encode(), 0, len(condition[0]), "we sent")
            return broken(f"{path} is sent again ({answer.status})", "unconditional", culprit=line)
        if rest:
            return broken("bytes follow the head of the 304", "body", len(rest), "bytes", Culprit(rest[:80]))
    if site.get(path, ("If-None-Match", '"another"')).status == 304:
        return broken("a browser that has another file is told that it has this one", "always")
    return kept(f"{path} is not sent again: 304", len(first.body), "bytes saved")


def answer_and_rest(site: Site, path: str, condition: tuple[str, str]) -> tuple[Answer, bytes]:
    """The answer, and what came after its end."""
    wire = site.connect()
    wire.send(site.request("GET", path, condition))
    answer = wire.answer()
    with suppress(Silence):  # not every server closes at once
        wire.buffer += wire.read(patience=0.2)
    wire.close()
    return answer, bytes(wire.buffer)
