"""supervisord outlives a full disk under its own words; `trials` shows it with a whole stack."""

import errno
import io

import pytest

from launcher.keeper import Unfailing


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_cannot_be_written_is_lost_and_nobody_dies_of_it() -> None:
    stream = Unfailing(Full())
    assert print("a complaint", file=stream, flush=True) is None


def test_what_can_be_written_is_written_at_once() -> None:
    beneath = io.StringIO()
    assert Unfailing(beneath).write("a complaint") == 11
    assert beneath.getvalue() == "a complaint"


def test_other_errors_are_not_hidden() -> None:
    closed = io.StringIO()
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        Unfailing(closed).write("a complaint")
