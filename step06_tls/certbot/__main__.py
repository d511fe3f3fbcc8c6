"""The command line: ``python -m step06_tls.certbot certificate|renew|local``."""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography import x509

from step06_tls import certificates
from step06_tls.certbot import authority, edge
from step06_tls.certbot.authority import Authority, CannotIssue
from step06_tls.certbot.client import Client

INTERRUPTED = 130


# What is asked of an authority, once it runs.
Order = Callable[[Authority], None]


def certificate(run: Path, environ: Mapping[str, str], name: str, webroot: Path | None) -> None:
    """Get a certificate for a name, and have nginx serve it."""
    client = Client(run, environ)
    _order(client, lambda found: client.issue(found, name, webroot or client.webroot))


def renew(run: Path, environ: Mapping[str, str]) -> None:
    """Get the same certificate anew."""
    client = Client(run, environ)
    if not client.has_one():
        raise CannotIssue("there is nothing to renew; get a certificate first: make certificate")
    _order(client, client.renew)


def local(run: Path) -> None:
    """Go back to the local authority."""
    certificates.make_local(run)
    shutil.rmtree(run / "step06" / "acme", ignore_errors=True)
    (run / "step06" / "acme" / "webroot").mkdir(parents=True)
    new = certificates.installed(run)
    for running in edge.running(run):
        running.reload()
        _demand_served(running, new)
    print("The site's certificate is by the local authority again.")


def _order(client: Client, order: Order) -> None:
    edges = edge.running(client.run)
    if not edges:
        raise CannotIssue("step06 does not run, so nothing would answer the authority; start it: make step06")
    client.webroot.mkdir(parents=True, exist_ok=True)
    port = edges[0].http
    with authority.running(client.run, port, client.environ) as found:
        print(f"pebble answers at {found.directory}; it will look at port {port}", flush=True)
        order(found)
        found.save_root(client.home / "root.pem")
    new = certificates.installed(client.run)
    for running in edges:
        _demand_served(running, new)
        print(f"{running.step} was reloaded and serves: {_told(new)}")
    # Not for a trust store: whoever can reach a running pebble can ask it for its keys.
    print(f"the root above it, for a command that names it (curl --cacert): {client.home / 'root.pem'}")
    print("pebble has ended; back to the local authority: make local-certificate")


def _demand_served(running: edge.Edge, certificate: x509.Certificate) -> None:
    if not running.comes_to_serve(certificate):
        raise CannotIssue(f"the certificate is installed, but {running.step} serves another; see its log")


def _told(certificate: x509.Certificate) -> str:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = ", ".join(str(name.value) for name in names)
    issuer = certificate.issuer.rfc4514_string().removeprefix("CN=")
    return f"{known}, by {issuer}, until {certificate.not_valid_after_utc:%Y-%m-%d}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m step06_tls.certbot",
        description="Certificates for the running step06 or step07, from an ACME authority on this machine.",
        epilog="RUN chooses the scratch folder (run), PEBBLE the authority's program.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="certificate|renew|local")
    first = commands.add_parser("certificate", help="get one, and have nginx serve it")
    first.add_argument("--name", default="app.lab.test", help="for which name (%(default)s)")
    first.add_argument("--webroot", type=Path, help="where certbot lays the proof, if not where nginx looks")
    commands.add_parser("renew", help="get it anew")
    commands.add_parser("local", help="go back to the local authority's certificate")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; every failure is one clear line."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    run = Path(os.environ.get("RUN") or "run")
    try:
        match asked.command:
            case "certificate":
                certificate(run, os.environ, asked.name, asked.webroot)
            case "renew":
                renew(run, os.environ)
            case _:
                local(run)
    except (CannotIssue, OSError) as error:
        print(f"{asked.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
