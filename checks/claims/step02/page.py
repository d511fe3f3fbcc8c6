"""A browser asks for the page, the style sheet and the picture that it names, and looks at their types."""

from urllib.parse import urljoin, urlsplit

from checks.answers import Answer
from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site
from checks.visitor import parts

LIKE_A_BROWSER = (
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36",
    ),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    ("Accept-Language", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"),
    ("Accept-Encoding", "identity"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Upgrade-Insecure-Requests", "1"),
)
TYPES = {"link": "text/css", "img": "image/"}


@check(
    question="Does a browser get the page, its style sheet and its picture?",
    shows="a browser refuses what comes: no status line, no media type, no files",
    specification="RFC 9112, 2.1; RFC 9110, 8.3 (Content-Type)",
    by_hand="{curl} -sS -m 5 -i {url}/ | head -n 12",
    hints={
        "status": "The front page is `GET /`: answer it with 200.",
        "not-html": "Say what it is: `Content-Type: text/html; charset=utf-8`. Without it a browser "
        "guesses, or offers the page as a download.",
        "part-missing": "The page names a file that the server does not serve. Answer its path with the "
        "file.",
        "part-type": "Each file has its own media type: text/css for a style sheet, image/png for a PNG. A "
        "browser ignores a style sheet that calls itself text/html.",
    },
)
def page(site: Site) -> Evidence:
    """Ask as a browser does, and fetch what the page's markup names."""
    answer = site.get("/", *LIKE_A_BROWSER)
    if answer.status != 200:
        return broken(f"the front page is answered with {answer.status}", "status")
    if not answer.field("content-type").lower().startswith("text/html"):
        return broken(
            "the front page does not say that it is text/html", "not-html", culprit=type_line(answer)
        )
    links = dict.fromkeys(parts(answer.text))
    for tag, link in links:
        part = site.get(urlsplit(urljoin("http://site/", link)).path, *LIKE_A_BROWSER)
        if part.status != 200:
            return broken(f"{link}, named by the page, is answered with {part.status}", "part-missing")
        if not part.field("content-type").lower().startswith(TYPES[tag]):
            return broken(
                f"{link} does not say that it is {TYPES[tag]}…", "part-type", culprit=type_line(part)
            )
    return kept("the page came, with its style sheets and pictures", len(links), "files")


def type_line(answer: Answer) -> Culprit:
    """The line that says the media type; the whole head where none does."""
    line = next(
        (line for line in answer.head.split(b"\r\n") if line.lower().startswith(b"content-type:")), b""
    )
    return Culprit(line, 14, max(1, len(line) - 14)) if line else Culprit(answer.head, len(answer.head))
