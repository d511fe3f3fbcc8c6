"""A handshake in memory, between a server with any certificate and a client that judges it."""

import ssl
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from step06_tls import authority, certificates
from step06_tls.authority import Identity


def general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def handshake(
    folder: Path,
    wanted: str,
    *,
    claimed: str,
    life: timedelta = timedelta(days=90),
    trusted: Identity | None = None,
    flags: ssl.VerifyFlags = ssl.VERIFY_DEFAULT,
) -> str:
    """What a client that wants one name says of a server that claims another: "accepted", or why not."""
    root = authority.new_root()
    leaf = authority.new_leaf(root, [general_name(claimed)], life)
    certificates.save(leaf, folder / "leaf.pem", folder / "leaf-key.pem")
    certificates.save(trusted or root, folder / "root.pem", folder / "root-key.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "leaf.pem", folder / "leaf-key.pem")
    client = ssl.create_default_context(cafile=folder / "root.pem")
    client.verify_flags |= flags
    return converse(server, client, wanted)


def converse(server: ssl.SSLContext, client: ssl.SSLContext, wanted: str) -> str:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=wanted)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return "accepted"
