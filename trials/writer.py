"""One visitor who signs the guest book all the while, and looks whether each entry is there once.

Each entry bears a mark of its own. What was confirmed (303) must be in the book; what was not may be there or
not, since nobody can know; nothing may be there twice.
"""

import re
import secrets
import threading
from collections import Counter
from contextlib import suppress

from checks.claim import Trouble
from checks.site import Site
from checks.target import Target
from checks.visitor import forms

MARK = re.compile(r"trial-[0-9a-f]{16}")
PAUSE = 0.15
BATCH = 10  # of the 50 entries that the page shows: so none slips by between two looks
LONGEST = 3600.0


class Writer(threading.Thread):
    """Signs until it is told to stop."""

    def __init__(self, target: Target) -> None:
        super().__init__(daemon=True)
        self._target = target
        self._over = threading.Event()
        self.answers: Counter[str] = Counter()  # by status, or by what went wrong
        self.honest = 0  # of them: 503 with Retry-After
        self.confirmed: set[str] = set()
        self.unconfirmed: set[str] = set()
        self.seen: Counter[str] = Counter()  # how often a page showed it

    def run(self) -> None:
        """Sign and look, in turn."""
        with Site(self._target, LONGEST) as site:
            while not self._over.is_set():
                for _ in range(BATCH):
                    if not self._over.wait(PAUSE):
                        self._sign(site)
                while not self._look(site) and not self._over.wait(PAUSE):
                    pass

    def leave(self) -> None:
        """End some time, and look no more."""
        self._over.set()

    def stop(self) -> None:
        """End, with a last look."""
        self.leave()
        self.join()
        with Site(self._target, 60.0) as site:
            site.wait_until_ready()
            while not self._look(site):
                self._over.wait(PAUSE)

    def _sign(self, site: Site) -> None:
        visitor = site.visitor(noted=False)
        with suppress(Trouble):  # without the form nothing was sent
            page = visitor.get("/sign")
            form = next((one for one in forms(page.text) if one.action == "/guestbook"), None)
            if not form:
                self.answers[f"{page.status} for the form"] += 1
                self.honest += page.status == 503 and bool(page.field("retry-after"))
                return
            mark = f"trial-{secrets.token_hex(8)}"
            self.unconfirmed.add(mark)
            try:
                answer = visitor.post("/guestbook", {**form.fields, "name": "writer", "message": mark})
            except Trouble as trouble:
                self.answers[str(trouble)] += 1
                return
            self.answers[f"{answer.status}"] += 1
            self.honest += answer.status == 503 and bool(answer.field("retry-after"))
            if answer.status == 303:
                self.unconfirmed.discard(mark)
                self.confirmed.add(mark)

    def _look(self, site: Site) -> bool:
        """Whether the page came."""
        with suppress(Trouble):
            answer = site.visitor(noted=False).get(f"/?look={secrets.token_hex(4)}")
            if answer.status == 200:
                for mark, times in Counter(MARK.findall(answer.text)).items():
                    self.seen[mark] = max(self.seen[mark], times)
                return True
        return False

    @property
    def twice(self) -> set[str]:
        """Entries that stood there more than once."""
        return {mark for mark, times in self.seen.items() if times > 1}

    @property
    def missing(self) -> set[str]:
        """Confirmed, and not there."""
        return self.confirmed - set(self.seen)
