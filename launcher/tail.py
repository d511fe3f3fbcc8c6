"""Log files as they grow: complete lines, through rotation, and harmless to a terminal."""

import os
from pathlib import Path
from typing import BinaryIO

_LONGEST = 8192  # a program that never ends its line must not be collected for ever


class Tail:
    """Follows one log file, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""

    def lines(self) -> list[str]:
        """The lines that were completed since the last call."""
        collected = self._rest + self._read()
        *whole, self._rest = collected.split(b"\n")
        if len(self._rest) > _LONGEST:
            whole, self._rest = [*whole, self._rest], b""
        return [harmless(line) for line in whole]

    def last_words(self) -> list[str]:
        """The rest, also when the last line was never ended."""
        lines = self.lines()
        rest, self._rest = self._rest, b""
        return [*lines, harmless(rest)] if rest else lines

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()
            self._file = None

    def _read(self) -> bytes:
        if not self._file:
            return self._open_and_read()
        data = self._file.read()
        if self._was_rotated(self._file):
            self.close()
            data += self._open_and_read()
        return data

    def _open_and_read(self) -> bytes:
        try:
            self._file = self._path.open("rb", buffering=0)
        except OSError:
            return b""
        return self._file.read()

    def _was_rotated(self, file: BinaryIO) -> bool:
        try:
            return not os.path.samestat(os.stat(self._path), os.fstat(file.fileno()))
        except OSError:
            return False  # between the old file's renaming and the new one's creation


def harmless(line: bytes) -> str:
    """Text for a terminal: a program, or a visitor of the site, must not steer it with control characters."""
    text = line.rstrip(b"\r").decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() or character == "\t" else _escaped(character)
        for character in text
    )


def last_lines(path: Path, count: int) -> list[str]:
    """How a log ends."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - count * 500))
            return [harmless(line) for line in file.read().splitlines()[-count:]]
    except OSError:
        return []


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
