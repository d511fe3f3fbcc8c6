"""A request as WSGI's dictionary (PEP 3333, "environ Variables").

Every text in it is "latin-1": each character stands for one byte as it came, whatever the client meant.
"""

import sys
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper

from step02_http.exchange import Exchange


def build_environ(exchange: Exchange, server: dict[str, Any]) -> dict[str, Any]:
    """Return a fresh environ; `server` is the part that is the same for every request."""
    request = exchange.request
    path = "" if request.path == "*" else request.path
    environ: dict[str, Any] = {
        **server,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": request.version,
        "REMOTE_ADDR": exchange.connection.client,
        "wsgi.input": exchange.body,
    }
    for name, value in request.fields.items():
        if variable := variable_of(name):
            environ[variable] = value
    return environ


@lru_cache(maxsize=256)  # the same few dozen names come with every request
def variable_of(field: str) -> str | None:
    """Return the name of a header field's variable (RFC 3875, 4.1.18), or None if it must not have one."""
    # "a_b" and "a-b" would become one variable, so a client could forge a field that a proxy sets; and
    # HTTP_PROXY would redirect the outgoing requests of many programs.
    if "_" in field or field == "proxy":
        return None
    variable = field.upper().replace("-", "_")
    return variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"


def server_variables(host: str, port: int, threads: int, workers: int) -> dict[str, Any]:
    """Return what every environ of this server says."""
    return {
        "SCRIPT_NAME": "",  # the application stands at the root
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": threads > 1,
        "wsgi.multiprocess": workers > 1,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,  # `wsgi.input` ends where the body ends, also without a Content-Length
        "wsgi.file_wrapper": FileWrapper,
    }
