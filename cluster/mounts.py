"""What a service of the stack mounts: volumes of the node it runs on, and memory. See stackfile.py."""

from collections.abc import Mapping
from typing import Any

from cluster.errors import ClusterError

UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def mounts(name: str, given: Mapping[str, Any], secrets: str) -> list[dict[str, Any]]:
    """Its volumes and tmpfs in the long form; `secrets` is the folder whose files come as secrets instead."""
    made = [_mount(name, one) for one in given.get("volumes", ()) if one["target"] != secrets]
    lines = given.get("tmpfs", ())
    return made + [_tmpfs(line) for line in ([lines] if isinstance(lines, str) else lines)]


def _mount(name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    if one["type"] != "volume":
        raise ClusterError(f"{name}: {one.get('source')} lies on this machine, and no other node has it")
    return {word: one[word] for word in ("type", "source", "target", "read_only") if one.get(word)}


def _tmpfs(line: str) -> dict[str, Any]:
    """`/tmp:size=16m,mode=1777`. Swarm knows no owner, and makes it writable for all, as /tmp is."""
    target, _, rest = line.partition(":")
    options = dict(option.partition("=")[::2] for option in rest.split(",") if option)
    made: dict[str, Any] = {"type": "tmpfs", "target": target}
    if size := options.get("size"):
        made["tmpfs"] = {"size": int(size.rstrip("kmg")) * UNITS.get(size[-1], 1)}
    return made
