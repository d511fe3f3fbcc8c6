"""The static files as nginx serves them: under plain and fingerprinted names, as they are and compressed.

A fingerprinted name (``style.3f2a9c81d04b.css``) changes when the content does, so whoever has a file of that
name has the right one for ever. The folder ``identity/`` holds the files as they are, ``gzip/`` the same
names compressed.
"""

import gzip
import hashlib
import os
from pathlib import Path

FINGERPRINT_LENGTH = 12
# What does not shrink is not kept twice: a PNG is compressed already.
COMPRESSED_SUFFIXES = {".css", ".js", ".svg", ".txt"}


def fingerprinted_names(folder: Path) -> dict[str, str]:
    """The name under which each file of the folder may be kept for ever, by its plain name."""
    return {path.name: _fingerprinted(path) for path in sorted(folder.iterdir()) if path.is_file()}


def publish(source: Path, target: Path) -> None:
    """Bring ``target`` up to date with ``source``. A request that comes meanwhile sees whole files.

    Fingerprinted files of before stay: a page that was loaded a moment ago may still ask for one.
    """
    for plain, fingerprinted in fingerprinted_names(source).items():
        path = source / plain
        for coding, content in _variants(path).items():
            for name in (plain, fingerprinted):
                _write(target / coding / name, content, path)


def _variants(path: Path) -> dict[str, bytes]:
    """The file's content in each coding in which it is worth having."""
    content = path.read_bytes()
    if path.suffix not in COMPRESSED_SUFFIXES:
        return {"identity": content}
    # mtime=0: the same content gives the same bytes, whenever it is compressed.
    return {"identity": content, "gzip": gzip.compress(content, mtime=0)}


def _write(path: Path, content: bytes, source: Path) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    # nginx makes the ETag from time and size, so the copy bears the time of its source, not of the copying.
    os.utime(fresh, ns=(source.stat().st_atime_ns, source.stat().st_mtime_ns))
    fresh.replace(path)


def _fingerprinted(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:FINGERPRINT_LENGTH]
    return f"{path.stem}.{digest}{path.suffix}"
