"""Pages travel at full length, though every browser says that it could unpack them."""

import gzip
import re
from contextlib import suppress

from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site

ASK = ("Accept-Encoding", "gzip")


@check(
    question="Does a page come compressed to whoever can unpack it, and only to them?",
    shows="each page takes three times the bytes that it needs",
    specification="RFC 9110, 8.4.1.3, 12.5.3 and 12.5.5; https://nginx.org/r/gzip",
    by_hand="{curl} -sm 5 -D - -o /dev/null -H 'Accept-Encoding: gzip' {url}/ "
    "| grep -i -e content-encoding -e vary",
    hints={
        "plain": "Nothing compresses the page. A proxy does it for every app at once (nginx: gzip on).",
        "forced": "Whoever did not ask for gzip gets it, and sees rubbish. Look at Accept-Encoding first.",
        "vary": "A cache on the way cannot know that the answer depends on Accept-Encoding, and gives it to "
        "whoever cannot unpack it. Say `Vary: Accept-Encoding` (nginx: gzip_vary on).",
        "garbled": "What is unpacked is not the page. Content-Encoding says what was done to the body, once.",
        "pointless": "Compressed, the page is hardly smaller. Is it compressed at all, or twice?",
    },
)
def compressed_page(site: Site) -> Evidence:
    """Ask for the front page as a browser that can unpack, and as one that cannot."""
    plain, packed = site.get("/"), site.get("/", ASK)
    if plain.field("content-encoding"):
        return broken(
            "the page is compressed for who did not ask for it", "forced", culprit=Culprit(plain.head)
        )
    if packed.field("content-encoding").lower() != "gzip":
        return broken("the page is not compressed", "plain", len(plain.body), "bytes", Culprit(packed.head))
    if "accept-encoding" not in packed.field("vary").lower():
        return broken(
            "the compressed page has no Vary: Accept-Encoding", "vary", culprit=Culprit(packed.head)
        )
    body = b""
    with suppress(OSError, EOFError):
        body = gzip.decompress(packed.body)
    if without_digits(body) != without_digits(plain.body):  # somebody may have signed meanwhile
        plain = site.get("/")
    if without_digits(body) != without_digits(plain.body):
        return broken("the compressed page is another one", "garbled", culprit=Culprit(packed.body[:40]))
    share = round(100 * len(packed.body) / len(plain.body))
    says = f"of {len(plain.body)} bytes of the page travel"
    return kept(says, share, "%") if share <= 75 else broken(says, "pointless", share, "%")


def without_digits(page: bytes) -> bytes:
    """The page without what may differ each time: process numbers, dates, counts."""
    return re.sub(rb"[0-9]+", b"", page)
