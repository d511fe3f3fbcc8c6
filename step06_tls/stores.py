"""Where a machine keeps the authorities that its programs trust, and which commands change that.

Nothing here runs a command that changes anything: a store only says which ones would.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from step06_tls.authority import NAME

LABEL = NAME.lower().replace(" ", "-")


@dataclass(frozen=True)
class Authority:
    """An authority's certificate, known by its fingerprint: names can be copied, fingerprints cannot."""

    file: Path
    certificate: x509.Certificate

    @classmethod
    def read(cls, file: Path) -> "Authority":
        """The certificate in a PEM file."""
        return cls(file, x509.load_pem_x509_certificate(file.read_bytes()))

    @property
    def fingerprint(self) -> str:
        """SHA-256, as `openssl x509 -fingerprint -sha256` shows it, in small letters without colons."""
        return self.certificate.fingerprint(SHA256()).hex()

    @property
    def label(self) -> str:
        """The name that it bears in trust stores: ours, with the beginning of its fingerprint."""
        return f"{LABEL}-{self.fingerprint[:16]}"


@dataclass(frozen=True)
class Command:
    """A command that changes a store, and whether only root may do so."""

    words: tuple[str, ...]
    as_root: bool = False


class Store(Protocol):
    """One place where trusted authorities are kept."""

    @property
    def name(self) -> str:
        """What people call it."""

    def held(self) -> list[str]:
        """The labels of the authorities of this course that are in it."""

    def add(self, authority: Authority) -> list[Command]:
        """How to put this one in."""

    def remove(self, label: str) -> list[Command]:
        """How to take this one out."""


@dataclass(frozen=True)
class FolderStore:
    """A Linux system's: files in a folder, and a command that gathers them. curl and many others read it."""

    folder: Path
    gather: tuple[str, ...]
    gather_anew: tuple[str, ...]
    java: Path | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return f"this system ({self.folder})"

    def held(self) -> list[str]:
        """The labels of our authorities in it."""
        found = self.folder.glob(f"{LABEL}-*.crt")
        return [file.stem for file in found if Authority.read(file).label == file.stem]

    def add(self, authority: Authority) -> list[Command]:
        """How to put this one in."""
        target = str(self.folder / f"{authority.label}.crt")
        return [
            self._command("install", "-m", "644", str(authority.file), target),
            self._command(*self.gather),
        ]

    def remove(self, label: str) -> list[Command]:
        """How to take this one out."""
        away = self._command("rm", str(self.folder / f"{label}.crt"))
        return [away, self._command(*self.gather_anew), *self._remove_from_java(label)]

    def _remove_from_java(self, label: str) -> list[Command]:
        # Debian copies each authority into Java's keystore, and takes none out when all are gathered anew.
        if self.java is None or not self.java.exists() or not shutil.which("keytool"):
            return []
        entry = ("-keystore", str(self.java), "-storepass", "changeit", "-alias", f"debian:{label}.pem")
        known = subprocess.run(("keytool", "-list", *entry), capture_output=True, check=False)
        return [] if known.returncode else [self._command("keytool", "-delete", "-noprompt", *entry)]

    def _command(self, *words: str) -> Command:
        return Command(words, as_root=not os.access(self.folder, os.W_OK))


@dataclass(frozen=True)
class BrowserStore:
    """A database of NSS, the library of Firefox; on Linux Chromium has one too. Each profile has its own."""

    folder: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return f"a browser ({self.folder})"

    def held(self) -> list[str]:
        """The labels of our authorities in it."""
        listed = re.findall(rf"^({LABEL}-[0-9a-f]{{16}})\s", _output(*self._words("-L")), re.MULTILINE)
        return [label for label in listed if self._label_of(label) == label]

    def add(self, authority: Authority) -> list[Command]:
        """How to put this one in."""
        # A browser that has not been started yet has none.
        make = [Command(("mkdir", "-p", str(self.folder))), Command(self._words("-N", "--empty-password"))]
        # "C,,": an authority for sites, not for mail or programs.
        rest = ("-A", "-t", "C,,", "-n", authority.label, "-i", str(authority.file))
        exists = (self.folder / "cert9.db").exists()
        return [*([] if exists else make), Command(self._words(*rest))]

    def remove(self, label: str) -> list[Command]:
        """How to take this one out."""
        return [Command(self._words("-D", "-n", label))]

    def _label_of(self, label: str) -> str:
        pem = _output(*self._words("-L", "-n", label, "-a"))
        return Authority(self.folder, x509.load_pem_x509_certificate(pem.encode())).label

    def _words(self, *rest: str) -> tuple[str, ...]:
        return ("certutil", "-d", f"sql:{self.folder}", *rest)


@dataclass(frozen=True)
class KeychainStore:
    """The login keychain of macOS, for Safari, Chrome and the system's curl. macOS asks before it changes."""

    keychain: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return f"your keychain ({self.keychain})"

    def held(self) -> list[str]:
        """The labels of our authorities in it."""
        return [authority.label for authority in self._ours()]

    def add(self, authority: Authority) -> list[Command]:
        """How to put this one in."""
        to = ("-r", "trustRoot", "-p", "ssl", "-k", str(self.keychain))
        return [Command(("security", "add-trusted-cert", *to, str(authority.file)))]

    def remove(self, label: str) -> list[Command]:
        """How to take this one out."""
        # By its fingerprint (SHA-1 is what this program asks for), and with the trust that goes with it (-t).
        hashes = [
            one.certificate.fingerprint(SHA1()).hex().upper() for one in self._ours() if one.label == label
        ]
        return [
            Command(("security", "delete-certificate", "-Z", one, "-t", str(self.keychain))) for one in hashes
        ]

    def _ours(self) -> list[Authority]:
        pem = _output("security", "find-certificate", "-a", "-c", NAME, "-p", str(self.keychain))
        loaded = x509.load_pem_x509_certificates(pem.encode()) if "BEGIN" in pem else []
        return [Authority(self.keychain, certificate) for certificate in loaded]


def stores_here(home: Path) -> Iterator[Store]:
    """The stores of this machine and this user that can be changed."""
    if sys.platform == "darwin":
        yield KeychainStore(home / "Library" / "Keychains" / "login.keychain-db")
    for path, program, *option in _SYSTEM_FOLDERS:
        if Path(path).is_dir() and shutil.which(program):
            yield FolderStore(Path(path), (program,), (program, *option), _DEBIANS_JAVA)
    if shutil.which("certutil"):
        yield from map(BrowserStore, browser_folders(home))


def browser_folders(home: Path) -> list[Path]:
    """The folders in which browsers of this user keep what they trust, or would."""
    found = {database.parent for pattern in _BROWSERS for database in home.glob(f"{pattern}/cert9.db")}
    if sys.platform == "linux" and any(map(shutil.which, _CHROMIUMS)):
        found.add(_chromiums_folder(home))
    return sorted(found)


def _chromiums_folder(home: Path) -> Path:
    """Where Chromium looks since version 146: in the old place only if that exists, so none is made there."""
    old = home / ".pki" / "nssdb"
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return old if old.exists() else data / "pki" / "nssdb"


# A folder, the program that gathers what lies in it, and the option without which it forgets nothing.
_SYSTEM_FOLDERS = (
    ("/usr/local/share/ca-certificates", "update-ca-certificates", "--fresh"),  # Debian, Ubuntu, Alpine
    ("/etc/pki/ca-trust/source/anchors", "update-ca-trust"),  # Fedora and its relatives
    ("/etc/ca-certificates/trust-source/anchors", "update-ca-trust"),  # Arch
)
_DEBIANS_JAVA = Path("/etc/ssl/certs/java/cacerts")
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "brave-browser", "microsoft-edge")
_BROWSERS = (
    ".pki/nssdb",  # Chromium and its relatives
    ".local/share/pki/nssdb",
    "snap/chromium/current/.pki/nssdb",
    "snap/chromium/current/.local/share/pki/nssdb",
    ".mozilla/firefox/*",
    ".config/mozilla/firefox/*",
    "snap/firefox/common/.mozilla/firefox/*",
    ".var/app/org.mozilla.firefox/.mozilla/firefox/*",
    "Library/Application Support/Firefox/Profiles/*",
)


def _output(*words: str) -> str:
    """What a command that changes nothing prints."""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout
