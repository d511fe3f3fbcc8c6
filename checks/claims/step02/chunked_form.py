"""A form whose length nobody knew comes in chunks, and one of them ends in the middle of a letter."""

import secrets

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.entry import NAME, show, sign
from checks.site import Site


@check(
    question="Is a form understood that is sent in chunks?",
    shows="a body without a Content-Length is overlooked",
    specification="RFC 9112, 7.1 (chunked; every recipient must be able to decode it) and 6.3",
    by_hand="j=$(mktemp); t=$({curl} -s -m 5 -c $j {url}/sign | sed -n "
    "'s/.*csrf_token[^>]*value=\"\\([^\"]*\\).*/\\1/p'); "
    "{curl} -sS -m 5 --http1.1 -b $j -e {url}/ -i -H 'Transfer-Encoding: chunked' "
    '-d "csrf_token=$t&name=Zo%C3%AB&message=Hi" {url}/guestbook | head -n 1; rm $j',
    hints={
        "ignored": "The body was taken for empty, since it has no Content-Length, or the chunks' sizes were "
        "taken for text. Look at Transfer-Encoding first; then read chunk by chunk: a line with the size in "
        "hexadecimal, so many bytes, CR LF.",
        "mojibake": "A letter that was divided between two chunks is wrong: join the bytes first, then "
        "decode.",
        "lost": "The form was taken, and the entry is not on the page.",
    },
)
def chunked_form(site: Site) -> Evidence:
    """Sign as a program does that writes the form while it sends it."""
    mark = secrets.token_hex(4)
    answer = sign(site, f"Grüße {mark}", in_chunks, ("Transfer-Encoding", "chunked"))
    if answer is None:
        return absent("there is no form to sign with")
    if answer.status == 411:  # RFC 9112, 6.3: a server may ask for a length
        return absent("the server asks for a Content-Length, as it may")
    if answer.status not in (302, 303):
        return broken(f"a form in chunks is answered with {answer.status}", "ignored")
    if not (line := show(site, mark)):
        return broken("the entry is not on the page", "lost")
    if NAME not in line:
        return broken("the entry's letters are wrong", "mojibake", culprit=Culprit(line.encode()))
    return kept("303, and the entry is on the page")


def in_chunks(body: bytes) -> list[bytes]:
    """Cut it inside the letter ë (`%C3` and `%AB`), and wrap the pieces."""
    cut = body.index(b"%AB")
    pieces = [body[:cut], body[cut:]]
    return [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces] + [b"0\r\n\r\n"]
