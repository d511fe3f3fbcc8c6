"""certbot as these steps call it: which folders, which proof, and what it says when it fails."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from step06_tls.certbot.authority import Authority, CannotIssue

PATIENCE = 15.0
LINEAGE = "site"  # what certbot calls the certificate, whatever its names
_HOOK = "step06_tls.certbot.deploy"
_AGREED = ("--agree-tos", "--register-unsafely-without-email")


@dataclass(frozen=True)
class Client:
    """certbot with folders of its own below the scratch folder, so that it needs no root."""

    run: Path
    environ: Mapping[str, str]

    @property
    def home(self) -> Path:
        """Where all of this lies."""
        return self.run / "step06" / "acme"

    @property
    def webroot(self) -> Path:
        """The folder that nginx shows to an authority."""
        return self.home / "webroot"

    @property
    def log(self) -> Path:
        """All messages of the last order, in full."""
        return self.home / "certbot" / "logs" / "letsencrypt.log"

    def has_one(self) -> bool:
        """Whether there is a certificate that could be renewed."""
        return (self.home / "certbot" / "config" / "renewal" / f"{LINEAGE}.conf").exists()

    def issue(self, authority: Authority, name: str, webroot: Path) -> None:
        """Order a certificate: a new account, a proof for the name, a new key, a hook for all times."""
        hook = shlex.join([sys.executable, "-m", _HOOK, str(self.run)])
        proof = ("--webroot", "--webroot-path", str(webroot), "--domain", name)
        anew = ("--cert-name", LINEAGE, "--force-renewal", "--renew-with-new-domains")
        self._forget()
        self._certbot(authority, "certonly", *_AGREED, *proof, *anew, "--deploy-hook", hook)

    def renew(self, authority: Authority) -> None:
        """Order the same again, as what stands in certbot's own notes says."""
        self._forget()
        self._certbot(authority, "register", *_AGREED)
        (account,) = self.home.glob("certbot/config/accounts/*/*/*")
        # Without --force-renewal it would do nothing until two thirds of the life are over.
        now = ("--force-renewal", "--no-random-sleep-on-renew")
        self._certbot(authority, "renew", "--account", account.name, *now)

    def _forget(self) -> None:
        """Drop the account, which a new pebble does not know (a real authority would), and old messages."""
        shutil.rmtree(self.home / "certbot" / "config" / "accounts", ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def _certbot(self, authority: Authority, verb: str, *words: str) -> None:
        program = Path(sys.executable).with_name("certbot")
        if not program.exists():
            raise CannotIssue("certbot is not installed; it is by: make certificate")
        folders = [
            word
            for kind in ("config", "work", "logs")
            for word in (f"--{kind}-dir", str(self.home / "certbot" / kind))
        ]
        command = [str(program), verb, *folders, "--max-log-backups", "0", "--non-interactive"]
        status, said = _call(
            [*command, "--server", authority.directory, *words],
            # certbot must trust the authority's own https; a proxy could not reach it.
            {
                **self.environ,
                "REQUESTS_CA_BUNDLE": str(authority.trusted),
                "NO_PROXY": "localhost",
                "no_proxy": "localhost",
            },
        )
        if status:
            raise CannotIssue(f"{_reason(said)}; what was installed stays (all messages: {self.log})")


def _call(command: list[str], environ: Mapping[str, str]) -> tuple[int, str]:
    """Run certbot to its end.

    It is in a session of its own, so that it hears of Ctrl-C once, from us; a second signal would end it
    while it clears up.
    """
    process = subprocess.Popen(
        command,
        env=dict(environ),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        raise
    return process.returncode, said


def _reason(said: str) -> str:
    """The authority's own words, if it was the authority that refused; else certbot's last ones."""
    found = re.search(r"Type: +(\S+)\n +Detail: (.*)", said)
    if found:
        return f"{found[1]}: {found[2]}"
    lines = [line for line in said.splitlines() if line.strip() and "logfile" not in line]
    return " ".join(lines[-1:]) or "certbot said nothing"
