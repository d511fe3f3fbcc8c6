"""Form fields as browsers send them (application/x-www-form-urlencoded): `name=Zo%C3%AB&message=Hi+there`."""

import re
from urllib.parse import unquote_to_bytes

from step02_http.errors import BadRequest

BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def parse_form(encoded: bytes) -> dict[str, str]:
    """Return the fields; of several with one name, the last."""
    pairs = (pair.replace(b"+", b" ").partition(b"=") for pair in encoded.split(b"&") if pair)
    return {decode(name): decode(value) for name, _, value in pairs}


def decode(encoded: bytes) -> str:
    """Turn "%C3%AB" into "ë": percent signs stand for bytes, and the bytes are UTF-8."""
    if BAD_PERCENT.search(encoded):
        raise BadRequest("a percent sign is not followed by two hexadecimal digits")
    try:
        return unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the percent-encoded bytes are not UTF-8") from None
