"""Every way to refuse a request. An error knows its status; only the connection turns it into bytes."""

from step02_http.message import Response, text_response


class HTTPError(Exception):
    """The base of all refusals; its argument is the reason, in words for the client's author."""

    status = "500 Internal Server Error"
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        """Return the answer that this error stands for."""
        return text_response(self.status, "text/plain", f"{self.status}\n{self}\n", *self.headers)


class BadRequest(HTTPError):
    """The bytes are not HTTP (RFC 9110, 15.5.1)."""

    status = "400 Bad Request"


class NotFound(HTTPError):
    """There is nothing at this path (RFC 9110, 15.5.5)."""

    status = "404 Not Found"


class MethodNotAllowed(HTTPError):
    """The path exists, but not for this method; `Allow` must say for which (RFC 9110, 15.5.6)."""

    status = "405 Method Not Allowed"

    def __init__(self, *allowed: str):
        super().__init__(f"this path answers {', '.join(allowed)}")
        self.headers = (("Allow", ", ".join(allowed)),)


class RequestTimeout(HTTPError):
    """The client began a request and did not finish it in time (RFC 9110, 15.5.9)."""

    status = "408 Request Timeout"


class ContentTooLarge(HTTPError):
    """The body is longer than we are willing to read (RFC 9110, 15.5.14)."""

    status = "413 Content Too Large"


class URITooLong(HTTPError):
    """The request's first line is longer than we are willing to read (RFC 9110, 15.5.15)."""

    status = "414 URI Too Long"


class HeadersTooLarge(HTTPError):
    """The header fields are too many or too long (RFC 6585, 5)."""

    status = "431 Request Header Fields Too Large"


class NotImplementedHere(HTTPError):
    """The method or the transfer coding is unknown to us (RFC 9110, 15.6.2)."""

    status = "501 Not Implemented"


class VersionNotSupported(HTTPError):
    """Not a version of HTTP/1 (RFC 9110, 15.6.6)."""

    status = "505 HTTP Version Not Supported"
