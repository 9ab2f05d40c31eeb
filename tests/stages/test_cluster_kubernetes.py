"""deploy/kubernetes/cluster: six hardened nodes that find each other by name, and stages that speak to them.

What kubectl's kustomize makes of it is checked against the published schemas by deploy/verify/kubernetes.py.
"""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.settings import RuntimeSettings, names_of
from tests.stages.test_cluster_compose import COMPOSE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes/cluster"
BASE = ROOT / "deploy/kubernetes/base"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))


def objects(path: Path) -> dict[str, dict[str, Any]]:
    found = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


CHANGED = objects(FOLDER / "redis.yaml")
SCRIPTS = CHANGED["ConfigMap/redis"]["data"]
[JOB] = objects(FOLDER / "make-cluster.yaml").values()


def test_every_file_is_used_and_every_change_changes_something_that_is_there() -> None:
    named = {*KUSTOMIZATION["resources"], *(one["path"] for one in KUSTOMIZATION["patches"] if "path" in one)}

    assert named - {"../base"} == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert CHANGED.keys() <= objects(BASE / "redis.yaml").keys()


@pytest.mark.parametrize("name", ["cluster.conf", "make-cluster.sh"])
def test_what_compose_uses_is_what_kubernetes_uses(name: str) -> None:
    assert SCRIPTS[name] == (ROOT / "deploy/redis" / name).read_text(encoding="utf-8")


def test_every_stage_is_told_what_compose_tells_it() -> None:
    [patch] = [yaml.safe_load(one["patch"]) for one in KUSTOMIZATION["patches"] if "patch" in one]
    told = {one["value"]["name"]: one["value"]["value"] for one in patch}
    compose = COMPOSE["services"]["clean"]["environment"]

    assert told.keys() == compose.keys()
    assert set(told) <= set(names_of(RuntimeSettings))
    assert (told["TOCSIN_PARTITIONS"], told["TOCSIN_WAIT_REPLICAS"]) == ("12", "1")
    deployments = [
        one
        for file in BASE.glob("*.yaml")
        for one in yaml.safe_load_all(file.read_text())
        if one["kind"] == "Deployment"
    ]
    for one in deployments:  # the first variable is the one that is replaced
        assert one["spec"]["template"]["spec"]["containers"][0]["env"][0]["name"] == "TOCSIN_REDIS_URL"


def test_six_nodes_have_names_of_their_own_which_the_scripts_use() -> None:
    node, service = CHANGED["StatefulSet/redis"]["spec"], CHANGED["Service/redis"]["spec"]

    assert (node["replicas"], service["clusterIP"], service["publishNotReadyAddresses"]) == (6, "None", True)
    [script] = JOB["spec"]["template"]["spec"]["containers"][0]["command"][2:]
    for text in (script, SCRIPTS["find-others.sh"]):
        assert "in 0 1 2 3 4 5; do" in text and "redis-$number.redis" in text


def test_the_job_is_hardened_and_may_speak_to_redis() -> None:
    pod = JOB["spec"]["template"]["spec"]
    [container] = pod["containers"]
    single = objects(BASE / "redis.yaml")["StatefulSet/redis"]["spec"]["template"]["spec"]

    assert JOB["spec"]["template"]["metadata"]["labels"]["tocsin-role"] == "stage"
    assert pod["securityContext"] == single["securityContext"]
    assert pod["automountServiceAccountToken"] is False
    for key in ("image", "securityContext"):
        assert container[key] == single["containers"][0][key]


@pytest.mark.parametrize("name", ["start.sh", "find-others.sh", "make-cluster.sh"])
def test_scripts_are_ones_a_shell_can_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SCRIPTS[name])

    subprocess.run(["sh", "-n", str(tmp_path / name)], check=True)
