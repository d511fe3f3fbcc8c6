"""`python -m step01_socket_server`: serve the page on a raw socket."""

from step01_socket_server.edge import command_line, listening
from step01_socket_server.page import send_page
from step01_socket_server.server import serve_forever


def main() -> None:
    """Read the command line and serve until a signal comes."""
    arguments = command_line("Step 01: a raw socket that sends one page.", port=8001).parse_args()
    with listening("Step 01 · A raw socket", arguments.host, arguments.port) as listener:
        serve_forever(listener, send_page)


if __name__ == "__main__":
    main()
