"""supervisord, which outlives a full disk: `python -m launcher.keeper`, with supervisord's own arguments.

When supervisord cannot write a line of a log, it tells so on its standard error. Where that is a file on the
same full disk, telling fails as well; that error is caught nowhere, and supervisord ends, with all that it
keeps. Here what cannot be told is lost instead.
"""

import io
import sys
from contextlib import suppress
from typing import TextIO

from supervisor import supervisord  # type: ignore[import-untyped]


class Unfailing(io.TextIOBase):
    """A stream for whose sake nobody dies."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it, if that can be done."""
        with suppress(OSError):
            self._stream.write(text)
        self.flush()
        return len(text)

    def flush(self) -> None:
        """Write what is left, if that can be done."""
        with suppress(OSError):
            self._stream.flush()

    def fileno(self) -> int:
        """That of the stream beneath."""
        return self._stream.fileno()


if __name__ == "__main__":
    sys.stdout, sys.stderr = Unfailing(sys.stdout), Unfailing(sys.stderr)
    supervisord.main()
