"""How a request failed, in words that can be counted."""

import ssl
from collections.abc import Container

UNREADABLE = "the answer is not HTTP"


class Failed(Exception):
    """A request that did not get what its visitor wanted; the report shows it by these words alone."""

    def __repr__(self) -> str:
        return str(self)


def kind_of(status: int, expected: Container[int], error: BaseException | None, patience: float) -> str:
    """The empty string if the answer is one that was expected."""
    if status in expected:
        return ""
    if status:
        return f"status {status}"
    return kind_of_error(error, patience)


def kind_of_error(error: BaseException | None, patience: float) -> str:
    """No answer came: why."""
    name = type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is refused: {error.verify_message}"
    if isinstance(error, TimeoutError) or "Timeout" in name or "timed out" in str(error):
        return f"no answer within {patience:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if "ParseError" in name:
        return UNREADABLE
    if isinstance(error, ConnectionError) or "Closed" in name:
        return "the connection was cut"
    return name if error else "no answer"
