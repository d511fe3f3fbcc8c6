"""The programs that the tests need besides Python's: where they are, and what brings them."""

import os
import shutil
from pathlib import Path

INSTALL = {
    "chromium": "apt-get install chromium (Debian), brew install --cask chromium (macOS)",
    "make": "apt-get install make (Debian), xcode-select --install (macOS)",
    "curl": "apt-get install curl (Debian)",
    "git": "apt-get install git (Debian), xcode-select --install (macOS)",
    "bash": "apt-get install bash (Debian)",
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_BROWSERS_OF_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find(program: str) -> str | None:
    """The program's path; the browser goes by several names."""
    if program != "chromium":
        return shutil.which(program)
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    known = [*map(shutil.which, _BROWSERS), *(path for path in _BROWSERS_OF_MACOS if Path(path).exists())]
    return next((path for path in known if path), None)
