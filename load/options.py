"""Inside locust.

The words that our locustfiles add to its command line, and whom a visitor trusts and may visit.
"""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Any

from load.address import Misused, demand_loopback

AUTHORITY = Path("run/authority/root.pem")  # who signs for steps 06 and 07 on this machine


def add(parser: Any) -> None:
    """Add them; those that a person at locust's own page may choose are shown there."""
    parser.add_argument(
        "--authority",
        default=str(AUTHORITY) if AUTHORITY.exists() else "",
        env_var="LOAD_AUTHORITY",
        help="file with the certificate that signs the site's (the local authority, if there is one)",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--patience", type=float, default=5.0, help="seconds that a visitor waits for an answer"
    )
    parser.add_argument(
        "--lasts",
        type=float,
        default=0.0,
        help="end that many seconds after all visitors have come (--run-time begins before there is any)",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--i-own-this-server",
        action="store_true",
        env_var="LOAD_I_OWN_THIS_SERVER",
        help="let the load go to an address that is not this machine's own",
        include_in_web_ui=False,
    )


@cache
def trusting(authority: str) -> ssl.SSLContext:
    """One for all visitors.

    A context that verifies name and signature, by the system's authorities if it is "".
    """
    return ssl.create_default_context(cafile=authority or None)


@cache
def objection(host: str, own: bool) -> str:
    """Why nothing may be sent there; "" if it may."""
    try:
        demand_loopback(host, own)
    except Misused as error:
        return str(error)
    return ""


def report_to() -> int | None:
    """The file descriptor that whoever started locust reads, if they gave one."""
    number = os.environ.get("LOAD_REPORT", "")
    return int(number) if number else None
