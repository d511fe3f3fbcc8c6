"""Static files: the bytes of a file under one folder, and never of a file outside it."""

from collections.abc import Iterator
from mimetypes import MimeTypes
from pathlib import Path

from step02_http.message import HTTPError, Response

MEDIA_TYPES = MimeTypes()  # Python's own table: the system's differs from machine to machine


def file_response(folder: Path, name: str) -> Response:
    """Answer with the file that `name` (percent-decoded already, relative to `folder`) stands for."""
    path = find_file(folder, name)
    media_type = MEDIA_TYPES.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    headers = (("Content-Type", media_type), ("Content-Length", str(path.stat().st_size)))
    return Response("200 OK", headers, read_blocks(path))


def find_file(folder: Path, name: str) -> Path:
    """Return the file's real path; a name that leads elsewhere does not exist, and we do not say why."""
    # Names beginning with a dot are nobody's business; ".." is one of them.
    hidden = "\\" in name or any(part.startswith(".") or not part for part in name.split("/"))
    try:
        path = (folder / name).resolve()  # follows symbolic links, so a link cannot lead out of the folder
        if not hidden and path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    except (OSError, RuntimeError, ValueError):  # a name too long or not writable here, a loop of links
        pass
    raise HTTPError("404 Not Found", "no such file")


def read_blocks(path: Path, size: int = 65536) -> Iterator[bytes]:
    """Yield the file in pieces, so that its size does not matter to our memory."""
    with path.open("rb") as file:
        while block := file.read(size):
            yield block
