"""A stranger asks for ../../etc/passwd in eight spellings. A server that just joins paths sends the file."""

import re
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import parts

UP = 12  # deeper than any folder of files is likely to be
PASSWD = re.compile(rb"^root:[^:\n]*:0:0:", re.MULTILINE)  # every Unix has this line in /etc/passwd
SPELLINGS = {
    "../" * UP + "etc/passwd": "joined",
    "%2e%2e/" * UP + "etc/passwd": "joined",
    "..%2f" * UP + "etc%2fpasswd": "joined",
    "%2e%2e%2f" * UP + "etc%2fpasswd": "joined",
    "..%5c" * UP + "etc%5cpasswd": "joined",
    "%252e%252e%252f" * UP + "etc%252fpasswd": "twice",
    "/etc/passwd": "absolute",
    "%2fetc%2fpasswd": "absolute",
}


@check(
    question="Do files outside the folder of static files stay unseen, however their path is spelt?",
    shows="any file of the machine can be read",
    specification="OWASP: Path Traversal; CWE-22; RFC 3986, 6.2.2.2 and 7.3 (decode once)",
    by_hand="{curl} -sS -m 5 --path-as-is {url}/static/../../../../../../../../../../../../etc/passwd | "
    "head -n 3",
    hints={
        "joined": "The path was joined to the folder as it came. Decode it once, resolve it (realpath), and "
        "serve it only if the result lies inside the folder.",
        "twice": "The path was percent-decoded twice: `%252e` is the text `%2e`, not a dot. Decode once.",
        "absolute": "Joining an absolute path throws the folder away (os.path.join, pathlib's /). Resolve "
        "the path, and serve it only if the result lies inside the folder.",
    },
)
def traversal(site: Site) -> Evidence:
    """Ask for /etc/passwd below the folder from which the page's files come."""
    files = [urlsplit(urljoin("http://site/", link)).path for _, link in parts(site.get("/").text)]
    if not files:
        return absent("the page names no file, so there is no folder of files")
    folder = str(PurePosixPath(files[0]).parent).rstrip("/") + "/"
    refusals = set()
    for spelling, hint in SPELLINGS.items():
        request = site.request("GET", folder + spelling)
        answer = site.ask(request)
        if found := PASSWD.search(answer.body):
            line = Culprit(request.split(b"\r\n")[0], 4 + len(folder), len(spelling), "we sent")
            return broken(f"/etc/passwd was sent: {found[0].decode('latin-1')}…", hint, culprit=line)
        refusals.add(str(answer.status))
    return kept(f"refused with {' and '.join(sorted(refusals))}", len(SPELLINGS), "spellings")
