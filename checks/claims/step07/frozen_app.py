"""An app process hangs: it takes visitors, and says nothing. Nobody has died, so nobody restarts it."""

import threading
import time
from contextlib import suppress

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.crowd import LOAD_PATH
from checks.site import Site
from checks.wire import Silence

VISITS = 9
AT_ONCE = 2.0  # seconds in which somebody is answered, if anybody else is there to answer
PATIENCE = 12.0


@check(
    question="Is every visitor served while one app process is frozen?",
    shows="one app that hangs is a site that hangs",
    specification="https://nginx.org/r/proxy_read_timeout; https://nginx.org/r/proxy_next_upstream (timeout)",
    by_hand="kill -STOP -- -PID; for i in 1 2 3 4 5 6; do {curl} -sS -m 12 -o /dev/null "
    "-w '%{http_code} %{time_total}\\n' {url}/hello; done; kill -CONT -- -PID   # PID: the app's",
    bound=50.0,
    power="freeze",
    hints={
        "dead": "One process is the whole site. Run several behind a proxy that asks the next one.",
        "lost": "The proxy gives up with the frozen app, and tells the visitor so. It should send a GET to "
        "another app when one is silent (proxy_next_upstream with the word timeout).",
        "waits": "The proxy waits for the frozen app for longer than a visitor does. Say how long an app may "
        "be silent (proxy_read_timeout), a little more than your slowest page takes.",
    },
)
def frozen_app(site: Site) -> Evidence:
    """Freeze the first app, and let several visitors ask at once."""
    apps = site.processes("app")
    met: list[str] = []
    taken: list[float] = []
    visitors = [threading.Thread(target=_visit, args=(site, met, taken), daemon=True) for _ in range(VISITS)]
    try:
        site.note(f"freeze {apps[0].name}")
        site.powers.freeze(apps[0].name)
        for visitor in visitors:
            visitor.start()
        time.sleep(AT_ONCE)
        if not taken and len(apps) == 1:
            return broken(f"nobody is served while {apps[0].name} is frozen", "dead", VISITS, "visits")
        for visitor in visitors:
            visitor.join(PATIENCE + 1)
    finally:
        site.note(f"let {apps[0].name} go on")
        site.powers.thaw(apps[0].name)
        site.wait_until_ready()
    if met:
        return broken(
            f"visits lost while {apps[0].name} is frozen ({met[0]})", _likely(met), len(met), "visits"
        )
    return kept(f"all {VISITS} visits are served; the longest waits", round(max(taken), 1), "s")


def _likely(met: list[str]) -> str:
    return "waits" if any("no answer" in one for one in met) else "lost"


def _visit(site: Site, met: list[str], taken: list[float]) -> None:
    """One visitor, who notes how long it took or what was wrong."""
    began = time.monotonic()
    with suppress(OSError):  # the check is over
        try:
            wire = site.connect(source=site.elsewhere(), patience=PATIENCE, noted=False)
            wire.send(site.request("GET", LOAD_PATH))
            status = wire.answer(patience=PATIENCE).status
            wire.close()
        except Silence as trouble:
            met.append(f"no answer: {trouble}")
        except Trouble as trouble:
            met.append(str(trouble))
        else:
            taken.append(time.monotonic() - began) if status == 200 else met.append(f"status {status}")
