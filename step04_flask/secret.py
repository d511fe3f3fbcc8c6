"""The key that signs the session cookies: made once, kept in a file, the same for every process.

A key drawn anew at each start would log everyone out at each start; a key drawn by each process would log
people out at random. Whoever can read the file can forge any login, so only its owner may.
"""

import fcntl
import os
import secrets
from pathlib import Path

KEY_LENGTH = 64


def persistent_key(path: Path) -> str:
    """The key kept in ``path``, which is created at the first call (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        return path.read_text(encoding="ascii")  # A container is given the file, to read only.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with open(descriptor, "r+", encoding="ascii") as file:
        # Processes that start together wait here for each other: the first one writes, the others read.
        # A file cut short by a crash counts as not written.
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read()
        if len(key) != KEY_LENGTH:
            key = secrets.token_hex(KEY_LENGTH // 2)
            file.seek(0)
            file.truncate()
            file.write(key)
        os.fchmod(descriptor, 0o600)  # Also where the file was made by other means.
    return key
