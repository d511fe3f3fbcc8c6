"""A picture that was read or sent as text is broken. A PNG tells by its checksums whether it is intact."""

import struct
import zlib
from urllib.parse import urljoin, urlsplit

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import parts

SIGNATURE = b"\x89PNG\r\n\x1a\n"  # made to show whether line ends or high bytes were changed on the way


class Damaged(Exception):
    """Why a PNG is none, and where."""

    def __init__(self, says: str, hint: str, at: int):
        super().__init__(says)
        self.hint, self.at = hint, at


@check(
    question="Does the picture arrive intact?",
    shows="a file that is not text arrives broken",
    specification="PNG, 5.2 (signature) and 5.3 (chunks and their CRC); RFC 9110, 8.6 (Content-Length)",
    by_hand='{curl} -sS -m 5 {url}$({curl} -s -m 5 {url}/ | sed -n \'s/.*<img src="\\([^"]*\\)".*/\\1/p\') '
    "| od -c | head -n 3",
    hints={
        "status": "The page shows this picture, but the server does not serve it: is it opened as text, and "
        "did that raise an error?",
        "text": "The first bytes were changed: the file was opened or sent as text. Open it in binary mode "
        '(open(path, "rb")) and send the bytes as they are.',
        "short": "The picture ends too early: send all of it (send() may take only a part, sendall() does "
        "not), and let Content-Length count bytes.",
        "changed": "A checksum inside the picture does not fit: some bytes were changed or lost on the way.",
    },
)
def binary_file(site: Site) -> Evidence:
    """Fetch the picture that the page shows, and let its checksums judge."""
    pictures = [link for tag, link in parts(site.get("/").text) if tag == "img"]
    if not pictures:
        return absent("the page shows no picture")
    path = urlsplit(urljoin("http://site/", pictures[0])).path
    answer = site.get(path)
    if answer.status != 200:
        return broken(f"{path} is answered with {answer.status}", "status")
    if not (path.lower().endswith(".png") or "image/png" in answer.field("content-type")):
        return absent("the page's picture is no PNG")
    try:
        count = chunks(answer.body)
    except Damaged as damage:
        start = max(0, damage.at - 16)
        culprit = Culprit(answer.body[start : damage.at + 48], damage.at - start)
        return broken(f"{path}: {damage}", damage.hint, len(answer.body), "bytes", culprit)
    return kept(f"{path} is intact: {count} chunks, each with the right checksum", len(answer.body), "bytes")


def chunks(png: bytes) -> int:
    """Walk through the chunks to the last one (IEND); how many there are."""
    for at, (came, meant) in enumerate(zip(png, SIGNATURE, strict=False)):
        if came != meant:
            raise Damaged("its first bytes are not those of a PNG", "text", at)
    place, count, kind = len(SIGNATURE), 0, b""
    while kind != b"IEND":
        if len(png) < place + 12:
            raise Damaged("it ends in the middle", "short", len(png))
        length, kind = struct.unpack_from(">I4s", png, place)
        end = place + 12 + length
        if len(png) < end:
            raise Damaged("it ends in the middle", "short", len(png))
        if struct.pack(">I", zlib.crc32(png[place + 4 : end - 4])) != png[end - 4 : end]:
            raise Damaged(f"the checksum of chunk {count + 1} does not fit", "changed", place)
        place, count = end, count + 1
    return count
