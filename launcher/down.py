"""`down`: stop whatever launchers run with this scratch folder, and what a killed one left behind."""

from launcher import control
from launcher.settings import Settings


def down(settings: Settings) -> int:
    """Say what was stopped."""
    stopped = [
        what for one in control.every_control(settings.root, settings.run) if (what := control.stop(one))
    ]
    for what in stopped:
        print(f"stopped {what}")
    if not stopped:
        print("nothing is running")
    return 0
