"""Form fields as browsers send them (application/x-www-form-urlencoded): `name=Zo%C3%AB&message=Hi+there`."""

from urllib.parse import unquote_to_bytes

from step02_http.errors import BadRequest
from step02_http.parser import BAD_PERCENT


def parse_form(encoded: str) -> dict[str, str]:
    """Return the fields; of several with one name, the last. Each character of `encoded` is one byte."""
    pairs = (pair.replace("+", " ").partition("=") for pair in encoded.split("&") if pair)
    return {decode(name): decode(value) for name, _, value in pairs}


def decode(encoded: str) -> str:
    """Turn "%C3%AB" into "ë": percent signs stand for bytes, and the bytes are UTF-8."""
    if BAD_PERCENT.search(encoded):
        raise BadRequest("a percent sign is not followed by two hexadecimal digits")
    try:
        return unquote_to_bytes(encoded.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the percent-encoded bytes are not UTF-8") from None
