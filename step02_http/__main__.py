"""`python -m step02_http`: serve the guest book over HTTP, one visitor at a time."""

import socket

from step01_socket_server.edge import command_line, listening
from step01_socket_server.server import serve_forever
from step02_http.connection import Connection, Limits
from step02_http.exchange import Exchange, serve
from step02_http.site import Site, decode


def main() -> None:
    """Read the command line and serve until a signal comes."""
    parser = command_line("Step 02: the guest book over HTTP/1.1.", port=8002)
    parser.add_argument("--keep-alive", action="store_true", help="keep connections open between requests")
    arguments = parser.parse_args()
    site = Site("Step 02", "HTTP")

    def answer(exchange: Exchange) -> None:
        request = exchange.request
        exchange.respond(site(request.method, decode(request.path), request.query, exchange.body.read))

    def handle(sock: socket.socket, client: str) -> None:
        connection = Connection(sock, client, Limits())
        while (request := connection.read_request()) and serve(
            connection, request, answer, arguments.keep_alive
        ):
            pass  # the same visitor, the next request; everybody else waits

    with listening("Step 02 · HTTP", arguments.host, arguments.port) as listener:
        serve_forever(listener, handle)


if __name__ == "__main__":
    main()
