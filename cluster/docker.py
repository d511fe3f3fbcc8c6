"""Docker's own commands, given to this machine's engine or to the engine of a node."""

import os
import subprocess

from cluster.errors import ClusterError

SECONDS = 120.0


def docker(*words: str, host: str = "", seconds: float = SECONDS, **settings: str) -> str:
    """Run `docker …` and return what it wrote; ClusterError with its last words if it fails."""
    environment = {**os.environ, **settings}
    command = ["docker", *(["--host", host] if host else []), *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise ClusterError(f"`{' '.join(command)}` did not end in {seconds:.0f} seconds") from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no reason given"]
        raise ClusterError(f"`{' '.join(command)}` failed: {last[-1]}")
    return done.stdout.strip()
