"""The conversion: what a swarm gets of the Compose file, what not, and that nothing is lost unnoticed."""

import re
from copy import deepcopy
from typing import Any

import pytest

from cluster import stackfile
from cluster.errors import ClusterError
from tests.documents import ROOT

HARDENED = {
    "image": "from-socket-to-stack/steps:1",
    "init": True,
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "restart": "unless-stopped",
    "entrypoint": None,
    "networks": {"back": None},
    "deploy": {"resources": {"limits": {"cpus": 1, "memory": "268435456", "pids": 64}}},
}
CONFIG: dict[str, Any] = {
    "services": {
        "step07-prepare": {**HARDENED, "network_mode": "none"},
        "step07-app": {
            **HARDENED,
            "tmpfs": ["/tmp:mode=1777,size=16m"],
            "environment": {"REDIS_HOST": "step07-redis"},
            "volumes": [{"type": "volume", "source": "keys", "target": "/srv/run/step07", "read_only": True}],
        },
        "step07-nginx": {
            **HARDENED,
            "networks": {"door": None, "back": None},
            "ports": [{"mode": "ingress", "host_ip": "127.0.0.1", "target": 8447, "published": "8447"}],
        },
        "step07-redis": {
            **HARDENED,
            "volumes": [{"type": "volume", "source": "data", "target": "/data", "volume": {}}],
            "configs": [{"source": "redis", "target": "/redis.conf"}],
        },
    },
    "networks": {"door": {}, "back": {"internal": True}, "other": {}},
    "volumes": {"keys": {}, "data": {}},
    "configs": {"redis": {"file": "/course/redis.conf"}},
}


def converted(config: dict[str, Any] = CONFIG) -> dict[str, Any]:
    return stackfile.stack(config, "/keys", lambda path: f"of{len(path)}")


def service(role: str, **more: Any) -> dict[str, Any]:
    config = deepcopy(CONFIG)
    config["services"][f"step07-{role}"].update(more)
    found: dict[str, Any] = converted(config)["services"][f"step07-{role}"]
    return found


def test_what_runs_once_is_no_service_of_the_cluster() -> None:
    assert set(converted()["services"]) == {"step07-app", "step07-nginx", "step07-redis"}


def test_what_both_know_is_taken_over() -> None:
    app = service("app")
    assert (app["init"], app["read_only"], app["cap_drop"]) == (True, True, ["ALL"])
    assert app["deploy"]["resources"]["limits"] == {"cpus": "1", "memory": "268435456", "pids": 64}
    assert app["environment"]["REDIS_HOST"] == "step07-redis"


@pytest.mark.parametrize("word", ["security_opt", "restart", "network_mode"])
def test_what_swarm_passes_over_is_left_out_and_told(word: str) -> None:
    assert all(word not in one for one in converted()["services"].values())
    assert word == "network_mode" or word in stackfile.notes(CONFIG)


def test_a_word_without_a_rule_is_an_error() -> None:
    with pytest.raises(ClusterError, match="no rule for privileged"):
        service("app", privileged=True)


def test_a_folder_of_this_machine_is_an_error() -> None:
    with pytest.raises(ClusterError, match="no other node has it"):
        service("redis", volumes=[{"type": "bind", "source": "/here", "target": "/there"}])


def test_a_service_without_a_place_is_an_error() -> None:
    config = deepcopy(CONFIG)
    config["services"]["step07-queue"] = HARDENED
    with pytest.raises(ClusterError, match="does not say where it runs"):
        converted(config)


def test_the_app_is_replaced_one_by_one_and_taken_back_if_it_does_not_get_healthy() -> None:
    update = service("app")["deploy"]["update_config"]
    assert (update["order"], update["parallelism"], update["failure_action"]) == (
        "start-first",
        1,
        "rollback",
    )


def test_nginx_runs_on_each_node_behind_the_nodes_own_port() -> None:
    nginx = service("nginx")
    assert nginx["deploy"]["mode"] == "global"
    assert "replicas" not in nginx["deploy"]
    assert nginx["ports"] == [{"target": 8447, "published": 8447, "protocol": "tcp", "mode": "host"}]


def test_a_service_with_a_port_of_the_node_is_not_replaced_start_first() -> None:
    assert service("nginx")["deploy"]["update_config"]["order"] == "stop-first"


def test_redis_stays_with_its_data() -> None:
    redis = service("redis")
    assert redis["deploy"]["placement"]["constraints"] == ["node.labels.store == true"]
    assert redis["volumes"] == [{"type": "volume", "source": "data", "target": "/data"}]
    assert set(converted()["volumes"]) == {"data"}


def test_each_service_gets_its_own_secrets_and_no_other() -> None:
    targets = {
        role: {one["target"] for one in service(role)["secrets"]} for role in ("app", "redis", "nginx")
    }
    assert targets["app"] == {"/srv/run/step07/secret_key", "/srv/run/step07/redis_password"}
    assert targets["redis"] == {"/srv/run/step07/redis_users.acl"}
    assert all(one["mode"] == 0o400 for one in service("app")["secrets"])
    assert converted()["secrets"]["secret_key"]["file"] == "/keys/step07/secret_key"


def test_other_content_of_a_secret_or_config_has_another_name() -> None:
    first = stackfile.stack(CONFIG, "/keys", lambda path: "aaa")
    second = stackfile.stack(CONFIG, "/keys", lambda path: "bbb")
    for kind in ("secrets", "configs"):
        for name, one in first[kind].items():
            assert one["name"] != second[kind][name]["name"]


def test_networks_span_the_nodes_and_stay_as_closed_as_they_were() -> None:
    assert converted()["networks"] == {
        "door": {"driver": "overlay"},
        "back": {"driver": "overlay", "internal": True},
    }


def test_memory_in_place_of_a_folder_keeps_its_bound() -> None:
    mount = {"type": "tmpfs", "target": "/tmp", "tmpfs": {"size": 16 << 20}}
    assert service("app")["volumes"] == [mount]


def test_the_table_of_the_document_has_each_key_that_the_compose_files_use() -> None:
    document = (ROOT / "docs" / "beyond-one-machine.md").read_text(encoding="utf-8")
    section = document.partition("### Each key of the Compose file")[2].partition("\n#")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    # Services are indented by two, their keys by four; `extends` is gone when Compose has read the file.
    files = (ROOT / "compose.shared.yaml", ROOT / "step07_load_balancing" / "compose.yaml")
    used: set[str] = set()
    for file in files:
        services = file.read_text(encoding="utf-8").partition("\nservices:\n")[2]
        services = re.split(r"^\w", services, maxsplit=1, flags=re.MULTILINE)[0]
        used |= set(re.findall(r"^    (\w+):", services, re.MULTILINE))
    assert {"image", "healthcheck", "networks"} <= used
    assert told == used - {"extends"}
