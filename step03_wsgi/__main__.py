"""`python -m step03_wsgi [module:app]`: serve any WSGI application with threads and worker processes."""

import os
import pkgutil
import sys
from wsgiref.types import WSGIApplication

from step01_socket_server.edge import command_line, listening
from step02_http.connection import Limits
from step03_wsgi.gateway import gateway, server_variables
from step03_wsgi.threads import Threads
from step03_wsgi.workers import run_workers

GUEST_BOOK = "step03_wsgi.app:app"
GRACE = 5.0  # seconds that requests in flight get when the server is told to stop


def main() -> None:
    """Read the command line and serve until a signal comes."""
    parser = command_line("Step 03: a server for any WSGI application.", port=8003)
    parser.add_argument("app", nargs="?", default=GUEST_BOOK, metavar="module:app", help="what to serve")
    parser.add_argument("--threads", type=int, default=8, help="requests that a process serves at once")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--quiet", action="store_true", help="no line in the log for each request")
    arguments = parser.parse_args()
    if min(arguments.threads, arguments.workers) < 1:
        parser.error("at least one thread and one worker, please")
    app = load_app(arguments.app)
    # The application takes the body in pieces, and may have limits of its own.
    limits = Limits(idle=15.0, body=300.0, content=2**30)

    title = "Step 03 · WSGI" if arguments.app == GUEST_BOOK else f"Step 03 · {arguments.app}"
    with listening(title, arguments.host, arguments.port) as listener:
        port = listener.getsockname()[1]
        handle = gateway(app, server_variables(arguments.host, port, arguments.threads, arguments.workers))

        def serve(end: int) -> None:
            Threads(listener, handle, limits, arguments.quiet).run(arguments.threads, end, GRACE)

        run_workers(serve, arguments.workers, GRACE + 1)


def load_app(name: str) -> WSGIApplication:
    """Import "module:attribute", or end the program with one line that says why not."""
    sys.path.insert(0, os.getcwd())
    try:
        app = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        sys.exit(f"cannot load {name}: {error}")
    if not callable(app):
        sys.exit(f"cannot load {name}: it cannot be called, so it is not a WSGI application")
    return app  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
