"""From what `docker compose config --format json` says to a stack file for `docker stack deploy`.

Both have the same words for most things, but Swarm refuses some of Compose's, and passes others over in
silence. So here every word has its rule: taken over, moved, or left out for a reason that is told. A word
without a rule is an error: nothing is lost unnoticed. Nothing here touches a file, an engine or a network.

https://docs.docker.com/reference/compose-file/legacy-versions/
"""

from collections.abc import Callable, Mapping
from typing import Any

from cluster.errors import ClusterError
from cluster.mounts import mounts
from cluster.placement import ENVIRONMENT, ONCE, PLACEMENT, SECRETS

Values = Mapping[str, Any]
Digest = Callable[[str], str]  # of a file: some hexadecimal digits

TAKEN_OVER = {
    *(
        "image",
        "command",
        "entrypoint",
        "working_dir",
        "user",
        "environment",
        "labels",
        "init",
        "healthcheck",
    ),
    *("stop_grace_period", "stop_signal", "read_only", "cap_add", "cap_drop", "logging", "ulimits", "dns"),
}
# Left out, and what makes up for it.
LEFT_OUT = {
    "build": "the image is built before, and brought to the nodes",
    "pull_policy": "the nodes have the image, or pull it from its registry",
    "container_name": "Swarm names each of the many containers",
    "profiles": "the stack has the services of step 07 only",
    "develop": "live reload is for one's own machine",
    "depends_on": "Swarm starts all at once: who needs another service waits for it, or says 503",
    "security_opt": "Swarm ignores it: each node's engine runs with --no-new-privileges",
    "restart": "Swarm replaces every task that ends (deploy.restart_policy)",
    "scale": "deploy.replicas",
    "dns_opt": "Swarm has no word for it: RES_OPTIONS in the app's environment says the same",
    "network_mode": "only what runs once, before the cluster, has it",
}
# Compose may have these limits at the service, Swarm has them below deploy.resources.limits.
LIMITS = {"mem_limit": "memory", "cpus": "cpus", "pids_limit": "pids"}
# Said anew, by the functions below.
SAID_ANEW = {"deploy", "networks", "ports", "volumes", "tmpfs", "configs", "secrets"}


def stack(config: Values, prepared: str, digest: Digest) -> dict[str, Any]:
    """The stack file, as values; `prepared` is the folder with the keys. ClusterError: what does not fit."""
    services = {name: one for name, one in config["services"].items() if role(name) not in ONCE}
    made: dict[str, Any] = {"version": "3.9", "services": {}, "secrets": {}, "configs": {}, "volumes": {}}
    for name, values in services.items():
        made["services"][name] = service(name, values)
    for name in services:
        for file in SECRETS.get(role(name), ("", "", ()))[2]:
            made["secrets"][secret_name(file)] = {"file": f"{prepared}/{file}"}
    for kind in ("configs", "secrets"):
        named = {name: one for name, one in config.get(kind, {}).items()} | made[kind]
        made[kind] = {name: _file(name, one, digest) for name, one in named.items()}
    used = {mount.get("source") for one in made["services"].values() for mount in one.get("volumes", ())}
    made["volumes"] = {name: {} for name in config.get("volumes", {}) if name in used}
    joined = {name for one in made["services"].values() for name in one["networks"]}
    made["networks"] = {
        name: _network(one or {}) for name, one in config["networks"].items() if name in joined
    }
    return {name: values for name, values in made.items() if values}


def notes(config: Values) -> dict[str, str]:
    """Words of this Compose file that a swarm does not get, and what makes up for each."""
    services = [one for name, one in config["services"].items() if role(name) not in ONCE]
    used = {word for one in services for word, value in one.items() if value}
    return {word: LEFT_OUT[word] for word in sorted(used & LEFT_OUT.keys())}


def role(name: str) -> str:
    """`app` of step07-app."""
    return name.rpartition("-")[2]


def secret_name(file: str) -> str:
    """`redis_password` of step07/redis_password."""
    return file.rpartition("/")[2].replace(".pem", "")


def service(name: str, values: Values) -> dict[str, Any]:
    """One service of the stack."""
    given = {word: value for word, value in values.items() if value not in (None, [], {})}
    unknown = given.keys() - TAKEN_OVER - LEFT_OUT.keys() - LIMITS.keys() - SAID_ANEW
    if unknown:
        raise ClusterError(
            f"{name}: there is no rule for {', '.join(sorted(unknown))} (cluster/stackfile.py)"
        )
    if role(name) not in PLACEMENT:
        raise ClusterError(f"{name}: cluster/placement.py does not say where it runs")
    folder, user, files = SECRETS.get(role(name), ("", "", ()))
    made = {word: given[word] for word in given if word in TAKEN_OVER}
    made["environment"] = {**ENVIRONMENT.get(role(name), {}), **made.get("environment", {})}
    made["deploy"] = _deploy(PLACEMENT[role(name)], given)
    made["networks"] = list(given["networks"])
    made["ports"] = [_port(one) for one in given.get("ports", ())]
    made["volumes"] = mounts(name, given, folder)
    made["configs"] = [_grant(one) for one in given.get("configs", ())]
    made["secrets"] = [_grant(one) for one in given.get("secrets", ())]
    made["secrets"] += [_secret(folder, user, file) for file in files]
    return {word: value for word, value in made.items() if value}


def _deploy(own: Values, given: Values) -> dict[str, Any]:
    limits = dict(given.get("deploy", {}).get("resources", {}).get("limits", {}))
    limits |= {LIMITS[word]: given[word] for word in LIMITS if word in given}
    # In a stack file only the number of processes is a number.
    limits = {word: int(value) if word == "pids" else str(value) for word, value in limits.items()}
    return {
        "endpoint_mode": "dnsrr",  # the name leads to each task, not to one address in front of them
        "restart_policy": {"condition": "any", "delay": "1s"},
        "resources": {"limits": limits},
        **own,
    }


def _port(one: Values) -> dict[str, Any]:
    """The node's own: through Swarm's mesh all visitors would seem to have one address, and one limit."""
    return {"target": one["target"], "published": int(one["published"]), "protocol": "tcp", "mode": "host"}


def _grant(one: Values) -> dict[str, Any]:
    given = {word: one[word] for word in ("source", "target", "uid", "gid", "mode") if word in one}
    if isinstance(given.get("mode"), str):
        given["mode"] = int(given["mode"], 8)
    return given


def _secret(folder: str, user: str, file: str) -> dict[str, Any]:
    target = f"{folder}/{file.rpartition('/')[2]}"
    return {"source": secret_name(file), "target": target, "uid": user, "gid": user, "mode": 0o400}


def _file(name: str, one: Values, digest: Digest) -> dict[str, Any]:
    """A swarm's configs and secrets never change: other content has another name."""
    if "file" not in one:
        raise ClusterError(f"{name}: a swarm takes it only from a file")
    return {"file": one["file"], "name": f"{name}-{digest(one['file'])}"}


def _network(one: Values) -> dict[str, Any]:
    """Overlay: one network across all nodes."""
    return {"driver": "overlay"} | ({"internal": True} if one.get("internal") else {})
