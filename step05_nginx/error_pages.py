"""The pages that nginx shows for its own errors: in the site's dress, but without asking the app."""

from pathlib import Path
from string import Template

from step05_nginx.configuration import write

# Status, name, and a sentence that says whose turn it is.
PAGES = {
    400: ("Bad Request", "This request is not HTTP as the site understands it."),
    404: ("Not Found", "There is no file at this address."),
    405: ("Method Not Allowed", "A file can be read, and nothing else."),
    408: ("Request Timeout", "The request did not arrive in time."),
    413: ("Content Too Large", "This is more than the site accepts at once: 64 KB."),
    414: ("URI Too Long", "This address is longer than any that the site has."),
    429: ("Too Many Requests", "That was too often. Please wait a second and try again."),
    431: (
        "Request Header Fields Too Large",
        "The browser sent more than the site reads. Deleting its cookies may help.",
    ),
    502: ("Bad Gateway", "nginx is here, but the app behind it does not answer."),
    503: ("Service Unavailable", "The site cannot do this now. Please try again in a moment."),
    504: ("Gateway Timeout", "nginx is here, but the app behind it took too long."),
}


def publish(template: Path, folder: Path) -> None:
    """Write one page for each status."""
    page = Template(template.read_text(encoding="utf-8"))
    for status, (name, sentence) in PAGES.items():
        write(folder / f"{status}.html", page.substitute(status=status, name=name, sentence=sentence))
