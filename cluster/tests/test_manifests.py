"""The Kubernetes manifests: right by the API of two versions, and every name in them leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.documents import ROOT

yaml = pytest.importorskip("yaml", reason="make .venv/kubernetes-is-installed")
judge = pytest.importorskip("kubernetes_validate", reason="make .venv/kubernetes-is-installed")
FOLDER = ROOT / "cluster" / "kubernetes"
VERSIONS = ("1.36", "1.37")
WORKLOADS = ("Deployment", "StatefulSet")
NAME = "app.kubernetes.io/name"


def kustomization() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    return loaded


def objects() -> list[dict[str, Any]]:
    files = [FOLDER / name for name in kustomization()["resources"]]
    return [one for file in files for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    found = [one for one in objects() if one["kind"] in kinds]
    assert found
    return found


def names(kind: str) -> set[str]:
    return {one["metadata"]["name"] for one in of_kind(kind)}


def pods() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for one in of_kind(*WORKLOADS):
        spec = one["spec"]["template"]["spec"]
        assert len(spec["containers"]) == 1
        yield one["metadata"]["name"], spec, spec["containers"][0]


def ports_of(name: str) -> set[str]:
    return {port["name"] for pod, _, container in pods() if pod == name for port in container["ports"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("one", objects(), ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_every_object_is_right_by_the_api(one: dict[str, Any], version: str) -> None:
    judge.validate(one, version, strict=True)


def test_a_wrong_word_would_be_found() -> None:
    wrong = of_kind("Deployment")[0]
    wrong["spec"]["replica"] = 3
    with pytest.raises(judge.ValidationError):
        judge.validate(wrong, VERSIONS[0], strict=True)


def test_the_kustomization_names_exactly_the_files_that_are_there() -> None:
    made = kustomization()
    maps = {name for one in made["configMapGenerator"] for name in one["files"]}
    there = {path.name for path in FOLDER.iterdir() if path.is_file()}
    assert there == {"kustomization.yaml", *made["resources"], *maps}


def test_every_kind_that_was_promised_is_there() -> None:
    promised = {"Deployment", "StatefulSet", "Service", "Ingress", "PodDisruptionBudget", "NetworkPolicy"}
    assert promised <= {one["kind"] for one in objects()}


def test_every_selector_finds_pods() -> None:
    labels = {one["spec"]["template"]["metadata"]["labels"][NAME] for one in of_kind(*WORKLOADS)}
    text = "".join((FOLDER / name).read_text(encoding="utf-8") for name in kustomization()["resources"])
    asked = set(re.findall(rf"{re.escape(NAME)}: ([\w-]+)", text))
    assert asked == labels
    for one in of_kind(*WORKLOADS):
        spec = one["spec"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]


def test_every_service_leads_to_a_port_that_its_pods_have() -> None:
    for one in of_kind("Service"):
        pod = one["spec"]["selector"][NAME]
        assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports_of(pod)


def test_the_ingress_leads_to_a_service_and_a_secret() -> None:
    secrets = {one["name"] for one in kustomization()["secretGenerator"]}
    services = {one["metadata"]["name"]: one["spec"]["ports"] for one in of_kind("Service")}
    for one in of_kind("Ingress"):
        assert {tls["secretName"] for tls in one["spec"]["tls"]} <= secrets
        for path in one["spec"]["rules"][0]["http"]["paths"]:
            backend = path["backend"]["service"]
            assert backend["port"]["name"] in {port["name"] for port in services[backend["name"]]}


def test_every_network_policy_names_ports_of_the_pods_that_it_lets_in() -> None:
    for one in of_kind("NetworkPolicy"):
        pod = one["spec"]["podSelector"]["matchLabels"][NAME]
        assert {port["port"] for rule in one["spec"]["ingress"] for port in rule["ports"]} <= ports_of(pod)


def test_every_volume_is_mounted_and_every_secret_and_map_is_made() -> None:
    made = kustomization()
    secrets = {one["name"] for one in made["secretGenerator"]}
    maps = {one["name"] for one in made["configMapGenerator"]}
    claims = {"step07-redis": {"data"}}
    for name, spec, container in pods():
        volumes = {volume["name"] for volume in spec["volumes"]} | claims.get(name, set())
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert {one["secret"]["secretName"] for one in spec["volumes"] if "secret" in one} <= secrets
        assert {one["configMap"]["name"] for one in spec["volumes"] if "configMap" in one} <= maps


def test_every_pod_is_hardened_and_probed() -> None:
    for _, spec, container in pods():
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        context = container["securityContext"]
        assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True)
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        for probe in ("livenessProbe", "readinessProbe"):
            port = container[probe].get("httpGet", {}).get("port")
            assert port is None or port in {one["name"] for one in container["ports"]}


def test_an_app_is_not_started_again_because_redis_is_away() -> None:
    probes = {name: container for name, _, container in pods()}["step07-app"]
    assert probes["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_the_budget_lets_a_node_be_emptied() -> None:
    replicas = {one["metadata"]["name"]: one["spec"]["replicas"] for one in of_kind("Deployment")}
    for one in of_kind("PodDisruptionBudget"):
        assert 0 < one["spec"]["minAvailable"] < replicas[one["spec"]["selector"]["matchLabels"][NAME]]


def directives(path: Path) -> list[str]:
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line.startswith(("include ", "ssl_", "proxy_", "limit_", "http2 "))]


def test_nginx_has_the_concerns_of_step_7() -> None:
    here = directives(FOLDER / "nginx.conf.template")
    assert here
    assert here == directives(ROOT / "step07_load_balancing" / "nginx" / "nginx.conf.template")


def test_redis_has_the_configuration_of_step_7() -> None:
    """A copy, because kustomize reads no file outside of its folder."""
    there = ROOT / "step07_load_balancing" / "redis" / "redis.conf"
    assert (FOLDER / "redis.conf").read_bytes() == there.read_bytes()
