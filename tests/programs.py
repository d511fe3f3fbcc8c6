"""The programs that the tests need besides Python's: where they are, and what brings them."""

import os
import shutil
from pathlib import Path

INSTALL = {
    "chromium": "apt-get install chromium (Debian), brew install --cask chromium (macOS)",
    "make": "apt-get install make (Debian), xcode-select --install (macOS)",
    "curl": "apt-get install curl (Debian)",
    "git": "apt-get install git (Debian), xcode-select --install (macOS)",
    "openssl": "apt-get install openssl (Debian)",
    "bash": "apt-get install bash (Debian)",
    "pebble": "apt-get install pebble (Debian)",
    "tshark": "apt-get install tshark (Debian), brew install wireshark (macOS)",
    "certbot": "make .venv/acme-is-installed",
    "sslyze": "make .venv-tls-grade/tls-grade-is-installed",
}
# Not on a terminal's PATH: Python's packages, in the environments that `make test` fills.
_ROOT = Path(__file__).resolve().parent.parent
_OF_AN_ENVIRONMENT = {
    "certbot": str(_ROOT / ".venv" / "bin" / "certbot"),
    "sslyze": str(_ROOT / ".venv-tls-grade" / "bin" / "sslyze"),
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_BROWSERS_OF_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find(program: str) -> str | None:
    """The program's path; the browser goes by several names."""
    if program in _OF_AN_ENVIRONMENT:
        return shutil.which(_OF_AN_ENVIRONMENT[program])
    if program != "chromium":
        return shutil.which(program)
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    known = [*map(shutil.which, _BROWSERS), *(path for path in _BROWSERS_OF_MACOS if Path(path).exists())]
    return next((path for path in known if path), None)
