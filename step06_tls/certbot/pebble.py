"""What pebble reads: its settings, and the certificate of its own connections. Natively and in containers.

In a container: ``python -m step06_tls.certbot.pebble NAME PORT LIFE``, with the name by which certbot finds
it, the port at which it looks for proofs, and for how many seconds its certificates are good.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import DNSName

from step06_tls import authority, certificates

ENVIRONMENT = {
    "PEBBLE_VA_NOSLEEP": "1",  # it would wait some seconds before it looks, as a busy authority may
    "PEBBLE_VA_ALWAYS_VALID": "0",  # it looks
    "PEBBLE_AUTHZREUSE": "0",  # and looks anew for each order
    "PEBBLE_WFE_NONCEREJECT": "0",  # it would refuse some nonces at random, which certbot endures but once
}
LIFE_SECONDS = 90 * 24 * 3600


@dataclass(frozen=True)
class Listener:
    """Where pebble is asked for certificates, and where for its root."""

    host: str
    acme: int
    management: int


def configure(
    run: Path,
    folder: Path,
    listener: Listener,
    http_port: int,
    name: str = "localhost",
    life: int = LIFE_SECONDS,
) -> None:
    """Write both into the folder; the certificate is by the local authority."""
    root = certificates.ensure_root(run)
    certificates.save(authority.new_leaf(root, [DNSName(name)]), folder / "own.pem", folder / "own-key.pem")
    settings = {
        "listenAddress": f"{listener.host}:{listener.acme}",
        "managementListenAddress": f"{listener.host}:{listener.management}",
        "certificate": str(folder / "own.pem"),
        "privateKey": str(folder / "own-key.pem"),
        "httpPort": http_port,  # a real authority asks at port 80, and nowhere else
        "tlsPort": http_port,  # not used: that is for another kind of proof
        "certificateValidityPeriod": life,
        # The same for pebble 2.7 and newer, which has several kinds of certificates.
        "profiles": {"default": {"description": "the only one", "validityPeriod": life}},
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    here = Path.cwd() / "run"
    place = here / "step06" / "acme" / "pebble"
    configure(here, place, Listener("0.0.0.0", 14000, 15000), int(sys.argv[2]), sys.argv[1], int(sys.argv[3]))
    # For certbot, which must trust pebble's connections, and may not see the authority's key.
    certificates.write(place / "root.pem", (here / "authority" / "root.pem").read_bytes(), 0o644)
