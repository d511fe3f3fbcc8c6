"""The accounts of this course: no sign-up, no database, two people whom anyone may be.

Real accounts stand in a database; what is the same there is that nobody stores a password. A hash that is
slow to compute (scrypt: about 0.1 s and 32 MiB) makes each guess at a stolen hash as slow.
"""

from collections.abc import Mapping

# Made beforehand with werkzeug.security.generate_password_hash, so that starting the app computes none.
ACCOUNTS: Mapping[str, str] = {
    "ada": (
        "scrypt:32768:8:1$x1bUe9Drx5nloafg$"
        "bbf884dbc5df7dba83cab1141805f69b21beb934c05761e467ca2a5d1403f6d2"
        "e0f3da34981e468344a6e7787cbd13c2a6ceb68c75cb2572693eb7af14a734fb"
    ),
    "grace": (
        "scrypt:32768:8:1$kEVMERvtk8Gq8Egv$"
        "0b6454c6b5e06357032a179a3c244654ac11da7f3ed85c310ff737ff9139214c"
        "377d1379af693312c24582e0ffb51dedfda4cf02478d363e7c9b73d6b2bee815"
    ),
}

# Shown on the login page. A real site knows no password, and so can show none.
SHOWN_PASSWORDS: Mapping[str, str] = {"ada": "analytical", "grace": "nanosecond"}

# The hash of a password that was thrown away: what a name without an account is compared with.
NOBODY = (
    "scrypt:32768:8:1$uOTdEs2uYuOXoBm2$"
    "bee6b1b7f2358a28dc10e6c596a7ae0f7d5e0b34b7cd0f38fa701d2b7cafbfab"
    "81481055d2249def589d84679a2a90a5e9dbb559a3d4849c4faec54da998ff2b"
)
