"""Three hundred strangers have their answer, and do not hang up. The site waits for them to say goodbye.

Who closes at once may destroy an answer that is still on its way: TCP resets a connection in which something
is left unread. So a server closes its own half, and waits a little. It must not make everybody wait along.
"""

from checks.claim import Evidence, check
from checks.crowd import LOAD_PATH, NO_ROOM, STRANGERS, crowd_by_hand, served_beside
from checks.site import Site


@check(
    question=f"Is a visitor served while {STRANGERS} others have been answered and do not hang up?",
    shows="whoever does not hang up makes everybody wait",
    specification="RFC 9112, 9.6 (closing in two steps); https://nginx.org/r/lingering_close",
    by_hand=crowd_by_hand(9, "GET /hello HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n"),
    bound=40.0,
    hints={
        "silent": "The thread (or the only loop) that takes new visitors waits for one who was answered to "
        "hang up. Let a proxy say goodbye (nginx does it for all at once), or wait elsewhere, and not long.",
        "refused": NO_ROOM,
    },
)
def open_crowd(site: Site) -> Evidence:
    """Let the crowd be answered, and read nothing of it; then be the visitor."""
    return served_beside(site, "forgotten", site.request("GET", LOAD_PATH))
