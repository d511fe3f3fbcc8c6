"""Several sites may share an address. A request that names no site, or two, must not be guessed at."""

from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site


@check(
    question="Is a request without a Host field, or with two, refused with 400?",
    shows="a request that names no site, or two, is answered by guess",
    specification="RFC 9112, 3.2; RFC 9110, 7.2",
    by_hand="for h in '' 'Host: a\\r\\nHost: b\\r\\n'; do "
    'printf "GET / HTTP/1.1\\r\\n${h}Connection: close\\r\\n\\r\\n" | {nc} | head -n 1; done',
    hints={
        "missing": "An HTTP/1.1 request without Host must be answered with 400: count the Host fields after "
        "you have read the head.",
        "two": "A request with two Host fields must be answered with 400. If the fields are kept in a "
        "dictionary, the second has replaced the first before anybody could count them.",
    },
)
def host_required(site: Site) -> Evidence:
    """Leave the field out; then send it twice."""
    end = b"Connection: close\r\n\r\n"
    first, second = (f"Host: {name}\r\n".encode() for name in (site.address.authority, "other.example"))
    for hint, fields in ("missing", b""), ("two", first + second):
        request = b"GET / HTTP/1.1\r\n" + fields + end
        status = site.ask(request).status
        if status != 400:
            culprit = Culprit(request, 16, max(1, len(fields)), "we sent")
            said = "without Host" if hint == "missing" else "with two Host fields"
            return broken(f"a request {said} is answered with {status}", hint, culprit=culprit)
    return kept("400 for a request without Host, and for one with two")
