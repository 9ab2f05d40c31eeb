"""docker-compose.cluster.yml: six hardened nodes that know each other's addresses, and stages that speak to them."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.settings import RuntimeSettings, names_of
from schemas import streams
from tests.stages.a_cluster import Node, free_port_pairs, until

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.cluster.yml").read_text(encoding="utf-8"))
BASE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
NODES = ("redis", *(f"redis-{number}" for number in range(2, 7)))


@pytest.mark.parametrize("name", [*NODES[1:], "cluster"])
def test_a_node_is_hardened_as_the_single_server_is(name: str) -> None:
    node, single = COMPOSE["services"][name], BASE["services"]["redis"]

    for key in ("image", "user", "read_only", "cap_drop", "security_opt", "tmpfs"):
        assert node[key] == single[key]
    assert "ports" not in node


def test_nodes_have_addresses_of_their_own_that_the_cluster_is_made_of() -> None:
    addresses = [COMPOSE["services"][name]["networks"]["backend"]["ipv4_address"] for name in NODES]
    listed = COMPOSE["services"]["cluster"]["environment"]["NODES"].split()

    assert listed == [f"{address}:6379" for address in addresses]
    numbers = [COMPOSE["services"][name]["environment"]["REDIS_NODE"] for name in NODES]
    assert numbers == list("123456")
    assert {f"redis-{number}-data" for number in range(2, 7)} == set(COMPOSE["volumes"])


def test_every_stage_speaks_to_the_cluster_once_it_is_made() -> None:
    stages = {name: service for name, service in BASE["services"].items() if "TOCSIN_REDIS_URL" in str(service)}
    known = names_of(RuntimeSettings)
    for name in stages:
        told = COMPOSE["services"][name]
        assert told["depends_on"] == {"cluster": {"condition": "service_completed_successfully"}}
        assert set(told["environment"]) <= set(known)
        assert told["environment"]["TOCSIN_REDIS_CLUSTER"] == "true"
        assert told["environment"]["TOCSIN_REDIS_URL"].startswith("redis://redis:6379,")
    default = re.search(r":-(\d+)}", COMPOSE["services"]["tag"]["environment"]["TOCSIN_PARTITIONS"])
    assert default
    masters = [streams.slot(tag) * 3 // streams.SLOTS for tag in streams.partition_tags(int(default[1]))]
    assert masters.count(0) == masters.count(1) == masters.count(2)


@pytest.mark.parametrize("compose", [pytest.param(BASE, id="one server"), pytest.param(COMPOSE, id="cluster")])
def test_the_first_node_makes_a_password_that_the_exporter_finds_for_each(tmp_path: Path, compose: Any) -> None:
    """The exporter looks passwords up by the address of a server, in a file of JSON."""
    script = (ROOT / "deploy/redis/start.sh").read_text(encoding="utf-8")
    for path, here in {
        "/run/secrets": tmp_path, "/etc/tocsin": ROOT / "deploy/redis", "/tmp/redis.conf": tmp_path / "redis.conf",
    }.items():  # fmt: skip
        script = script.replace(path, str(here))
    environment = {**compose["services"]["redis"]["environment"], "REDIS_MAXMEMORY": "1mb", "REDIS_APPENDFSYNC": "no"}

    subprocess.run(
        ["sh", "-c", script.replace("exec redis-server", "exec true")], env={**os.environ, **environment}, check=True
    )

    password = (tmp_path / "tocsin_redis_password").read_text()
    told = json.loads((tmp_path / "redis_exporter_passwords.json").read_text())
    nodes = [name for name in (BASE["services"] | compose["services"]) if re.fullmatch(r"redis(-\d+)?", name)]
    assert len(password) == 64 and told == {f"redis://{node}:6379": password for node in nodes}
    assert f"requirepass {password}\n" in (tmp_path / "redis.conf").read_text()


def test_the_server_takes_the_nodes_settings_and_knows_that_it_is_alone(tmp_path: Path) -> None:
    """make-cluster.sh makes a cluster only of a node that says so."""
    node = Node(tmp_path / "node", free_port_pairs(1)[0])
    node.start(str(ROOT / "deploy/redis/cluster.conf"))
    try:
        until(node.is_up, "the node answers")
        told: Any = node.call("CONFIG", "GET", "cluster-*")
        info = node.call("CLUSTER INFO")
    finally:
        node.kill()

    settings = {name.decode(): value.decode() for name, value in told.items()}
    assert (settings["cluster-require-full-coverage"], settings["cluster-node-timeout"]) == ("no", "5000")
    assert (info["cluster_state"], info["cluster_known_nodes"]) == ("fail", "1")
