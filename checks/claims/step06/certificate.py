"""A certificate that does not verify: browsers warn, and who clicks the warning away talks to anybody."""

import ssl
import time
from typing import Any

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site
from checks.wire import Cut

# Numbers of OpenSSL's (X509_V_ERR_…): https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
CAUSES = {9: "early", 10: "expired", 18: "stranger", 19: "stranger", 62: "wrong-host", 64: "wrong-host"}
NO_ISSUER = (20, 21)


@check(
    question="Does the certificate verify for the site's name?",
    shows="nobody can tell the site from an impostor",
    specification="RFC 9110, 4.3.4; RFC 9525 (names); RFC 5280, 6 (chains and dates)",
    by_hand="{curl} -sS -m 5 -o /dev/null -w 'accepted\\n' {url}/",
    hints={
        "wrong-host": "The certificate is for other names. Browsers read subjectAltName alone, never the "
        "subject: it must have the name (DNS) or the address (IP) by which visitors come.",
        "expired": "The certificate's time is over. Renew it in good time and by a timer, and let the server "
        "read it anew (nginx -s reload).",
        "early": "The certificate is not valid yet: the clock of one of the two machines is wrong.",
        "stranger": "No authority that the client trusts has signed it: it is signed by itself or by an "
        "unknown authority. Have it signed by the one that visitors trust.",
        "chain": "The site sends its own certificate alone, and no trusted authority has signed it directly. "
        "Send those in between too, in one file after the site's own (fullchain.pem, not cert.pem). If there "
        "are none in between, the authority is one that the client does not trust.",
        "other": "OpenSSL's words say what it refuses: look them up for the certificate's field.",
    },
)
def certificate(site: Site) -> Evidence:
    """Shake hands as a browser does: with the trusted authorities, and for the name."""
    if not site.address.tls:
        return absent("there is no https")
    authority = site.target.authority
    judging = ssl.create_default_context(cafile=str(authority) if authority else None)
    try:
        connection: Any = site.connect(context=judging).socket
    except Cut as cut:
        if isinstance(cut.__cause__, ssl.SSLCertVerificationError):
            return _refusal(site, cut.__cause__)
        raise
    until = ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
    days = int((until - time.time()) / 86400)
    return kept(f"it verifies for {site.address.name}, and is valid for another", days, "days")


def _refusal(site: Site, error: ssl.SSLCertVerificationError) -> Evidence:
    says = f"a verifying client refuses it: {error.verify_message}"
    if error.verify_code in NO_ISSUER:
        return broken(says, "chain" if _sent(site) == 1 else "stranger")
    return broken(says, CAUSES.get(error.verify_code, "other"))


def _sent(site: Site) -> int:
    """How many certificates the site sends."""
    connection: Any = site.connect().socket
    if not hasattr(connection, "get_unverified_chain"):  # public since Python 3.13, there since 3.10
        connection = connection._sslobj
    return len(connection.get_unverified_chain())
