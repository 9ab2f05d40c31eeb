"""What is true of the Kubernetes manifests without a cluster; deploy/verify/kubernetes.py asks the schemas too."""

import re
from typing import Any

import pytest
import yaml

from tests.contract.all_metrics import ROOT

FOLDER = ROOT / "deploy/kubernetes"


def objects(folder: str) -> list[dict[str, Any]]:
    """Return every object that a kustomization names, in order; bases included."""
    found: list[dict[str, Any]] = []
    listed = yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text())["resources"]
    for name in listed:
        if name.startswith("../"):
            found += objects(name.removeprefix("../"))
        else:
            found += [one for one in yaml.safe_load_all((FOLDER / folder / name).read_text()) if one]
    return found


ALL = objects("keda")
WORKLOADS = [one for one in ALL if one["kind"] in ("Deployment", "StatefulSet")]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def name_of(one: dict[str, Any]) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def test_every_file_is_named_by_its_kustomization():
    """A manifest that nobody lists would never be applied."""
    for folder in ("base", "keda"):
        listed = yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text())["resources"]
        there = {file.name for file in (FOLDER / folder).glob("*.yaml")} - {"kustomization.yaml"}
        assert {name for name in listed if not name.startswith("../")} == there


def test_no_object_stands_twice():
    """A name that is used twice would overwrite the first."""
    names = [name_of(one) for one in ALL]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_a_pod_is_hardened_probed_and_limited(workload):
    """The restricted profile, three probes, a memory limit, and no token of the cluster."""
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    assert container["resources"]["limits"]["memory"]
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_labels_fit_together(workload):
    """A Deployment finds its own pods, and each disruption budget, policy and service finds some."""
    assert (
        workload["spec"]["selector"]["matchLabels"].items()
        <= workload["spec"]["template"]["metadata"]["labels"].items()
    )


def test_the_same_roles_and_images_as_compose():
    """What runs in Compose runs in Kubernetes, from the same image in the same version."""
    ours = {w["metadata"]["name"] for w in WORKLOADS}
    base = yaml.safe_load((FOLDER / "base/kustomization.yaml").read_text())
    tag = re.search(r":-([^}]+)\}", COMPOSE["clean"]["image"])

    assert ours == {name for name, service in COMPOSE.items() if "profiles" not in service}
    assert tag and base["images"] == [{"name": "tocsin", "newTag": tag[1]}]
    redis = next(w for w in WORKLOADS if w["metadata"]["name"] == "redis")
    assert redis["spec"]["template"]["spec"]["containers"][0]["image"] == COMPOSE["redis"]["image"]


def test_every_worker_asks_its_own_probes():
    """The probes' port is the one the process listens on."""
    for workload in WORKLOADS:
        if workload["metadata"]["name"] == "redis":
            continue
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        assert {"name": "probes", "containerPort": 9400} in container["ports"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "probes"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "probes"}


def test_budgets_and_policies_name_pods_that_exist():
    """A selector that finds nobody would protect nobody."""
    labels = [w["spec"]["template"]["metadata"]["labels"] for w in WORKLOADS]
    for one in ALL:
        selector = one.get("spec", {}).get("selector" if one["kind"] == "PodDisruptionBudget" else "podSelector") or {}
        wanted = selector.get("matchLabels", {})
        assert any(wanted.items() <= pod.items() for pod in labels), name_of(one)


def test_everything_is_forbidden_that_is_not_allowed():
    """A policy without exceptions stands first; Redis is reached by stages and the scaler alone."""
    policies = {one["metadata"]["name"]: one["spec"] for one in ALL if one["kind"] == "NetworkPolicy"}

    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    sources = policies["redis-from-stages"]["ingress"][0]["from"]
    assert {"podSelector": {"matchLabels": {"tocsin-role": "stage"}}} in sources and len(sources) == 2
    blocked = policies["outside"]["egress"][0]["to"][0]["ipBlock"]["except"]
    assert {"10.0.0.0/8", "169.254.0.0/16", "127.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12"} <= set(blocked)


def test_scaling_is_by_length_and_never_to_nothing():
    """Lag is unknown after deletions, and what a dead worker held is adopted by a living one."""
    scaled = [one for one in ALL if one["kind"] == "ScaledObject"]

    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} == {"clean", "tag", "alert"}
    for one in scaled:
        (trigger,) = one["spec"]["triggers"]
        assert one["spec"]["minReplicaCount"] == 1 < one["spec"]["maxReplicaCount"]
        assert trigger["type"] == "redis-streams"
        assert set(trigger["metadata"]) == {"address", "stream", "streamLength"}
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
        assert trigger["authenticationRef"]["name"] == "tocsin-redis"


def test_no_secret_is_in_the_manifests():
    """Secrets are made by whoever installs; the manifests only name them."""
    assert not [one for one in ALL if one["kind"] == "Secret"]
