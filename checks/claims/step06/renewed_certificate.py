"""A certificate lives for weeks. Whoever restarts the site to replace it loses visits, each time."""

import hashlib
import ssl
import time

from checks.claim import Evidence, absent, broken, check, kept
from checks.crowd import under_load
from checks.site import Site

SECONDS = 10.0  # in which the new certificate is to be served


@check(
    question="Is a new certificate taken up without losing a visit?",
    shows="a renewal loses visits, or is not noticed",
    specification="https://nginx.org/en/docs/control.html (reload); https://nginx.org/r/keepalive_min_timeout",
    by_hand="openssl s_client -connect {host}:{port} -servername {name} </dev/null 2>/dev/null | "
    "openssl x509 -noout -serial  # before and after",
    bound=40.0,
    power="renew",
    hints={
        "old": "The new certificate lies there, and the old one is served. Have the server read it anew "
        "(nginx -s reload, by certbot's --deploy-hook), from where the renewal writes it: copies stay old.",
        "lost": "Reload, do not restart; and let idle connections live on for a moment after it "
        "(keepalive_min_timeout in nginx): a visitor's next request may be on its way over one.",
    },
)
def renewed_certificate(site: Site) -> Evidence:
    """Replace the certificate while visitors come, by new connections and by kept ones."""
    if not site.address.tls:
        return absent("there is no https")
    before = _served(site)
    with under_load(site) as load:
        time.sleep(0.5)  # the load is on
        site.note("replace the certificate")
        site.powers.renew_certificate(patience=15.0)
        began = time.monotonic()
        while (renewed := _served(site) != before) is False and time.monotonic() - began < SECONDS:
            time.sleep(0.1)
        time.sleep(1.5)  # what the replacement costs, it costs in this time
    site.wait_until_ready()
    if not renewed:
        return broken(f"after {SECONDS:.0f} s the old certificate is still served", "old")
    if load.lost:
        return broken(f"visits lost by the renewal ({load.lost[0]})", "lost", len(load.lost), "visits")
    return kept(f"of {load.answered} visits around the renewal were lost", 0, "visits")


def _served(site: Site) -> str:
    """The fingerprint of the certificate that a new connection is shown."""
    wire = site.connect(noted=False)
    assert isinstance(wire.socket, ssl.SSLSocket)
    shown = wire.socket.getpeercert(binary_form=True) or b""
    wire.close()
    return hashlib.sha256(shown).hexdigest()
