"""The names of the steps, as tables and stories call them."""

TITLES = {
    1: "raw socket",
    2: "HTTP",
    3: "WSGI",
    4: "Flask",
    5: "nginx",
    6: "TLS",
    7: "load balancing",
}


def title(step: int) -> str:
    """`04 Flask`."""
    return f"{step:02} {TITLES.get(step, '')}".rstrip()
