"""The end-to-end checks of docker-compose.cluster.yml: `make verify-compose ARGS=--cluster`.

Three masters with a replica each. What holds on one Redis must hold here while a master dies.
"""

import json
import re
import sys
import time

from deploy.verify.checks import verify
from deploy.verify.lab import Compose, inspect, query, until
from deploy.verify.pages import Pusher
from deploy.verify.standing import exactly_once, seeds_ring

NODES = ("redis", "redis-2", "redis-3", "redis-4", "redis-5", "redis-6")
ASKED = {f"{node}:6379" for node in NODES}
OURS = ("produce", "clean", "tag", "alert", "deliver", "monitor")


def cluster_is_up(compose: Compose) -> None:
    """`up -d --wait` of both files makes a cluster of three masters and three replicas, and everything is healthy."""
    compose("up", "-d", "--wait", "--wait-timeout", "420", timeout=480)
    for service in (*NODES, *OURS):
        assert inspect(compose.ids(service)[0], "{{.State.Health.Status}}") == "healthy", service
    nodes = compose.redis_cli("CLUSTER", "NODES").splitlines()
    roles = sorted("master" if "master" in node.split()[2] else "replica" for node in nodes)
    assert roles == ["master"] * 3 + ["replica"] * 3, nodes


def partitions_are_spread(compose: Compose) -> None:
    """Twelve partitions, four on each master, as `tocsin status` tells."""
    partitions = json.loads(compose.tocsin("status", "--json"))["partitions"]
    masters = [partition["master"] for partition in partitions]
    assert len(partitions) == 12, partitions
    assert sorted(masters.count(master) for master in set(masters)) == [4, 4, 4], masters


def every_node_is_watched(compose: Compose) -> None:
    """Prometheus has asked the exporter about each of the six, and found its memory and its disk well."""

    def watched() -> bool:
        expressions = ("redis_up", "redis_memory_used_bytes", "redis_aof_last_write_status")
        return all({row["metric"]["instance"] for row in query(f"{one} > 0")} == ASKED for one in expressions)

    until(watched, "all six nodes are watched")


def pages_ring_once(compose: Compose) -> None:
    """Of 600 pages over twelve partitions 60 must ring: each does, once, and all counts add up."""
    pusher = Pusher(range(40_000, 40_600), every=10).start()
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=180)


def a_master_is_lost(compose: Compose) -> None:
    """A master dies while pages come in: its replica takes over, the master comes back as a replica, all rings once.

    Between the two the new master has no replica. A page for its partitions is not taken then, because what is taken
    must stand on two nodes (TOCSIN_WAIT_REPLICAS=1): whoever pushes it is told to wait.
    """
    pusher = Pusher(range(41_000, 41_600), every=10, pause_seconds=0.05).start()
    time.sleep(5)
    compose("stop", "--timeout", "1", "redis-2")
    until(lambda: _has_taken_over(compose), "a replica takes over", seconds=90)
    compose("start", "redis-2")
    until(lambda: _role_of_second(compose) == "slave", "it is a replica", seconds=90)
    pusher.join(seconds=400)
    exactly_once(compose, pusher.ringing, seconds=240)


def _has_taken_over(compose: Compose) -> bool:
    """Return whether the first node sees three masters at work and none of them is the one that was stopped."""
    nodes = [node.split() for node in compose.redis_cli("CLUSTER", "NODES").splitlines()]
    at_work = [node[1] for node in nodes if "master" in node[2] and "fail" not in node[2] and len(node) > 8]
    return len(at_work) == 3 and not any(address.startswith("172.30.86.12:") for address in at_work)


def _role_of_second(compose: Compose) -> str:
    said = compose(
        "exec", "-T", "redis-2", "sh", "-c",
        "REDISCLI_AUTH=$(cat /run/secrets/tocsin_redis_password) redis-cli INFO replication",
    )  # fmt: skip
    found = re.search(r"^role:(\w+)", said, re.MULTILINE)
    return found[1] if found else ""


CHECKS = (
    cluster_is_up,
    partitions_are_spread,
    every_node_is_watched,
    seeds_ring,
    pages_ring_once,
    a_master_is_lost,
)


def main() -> int:
    """Return 0 when every check has passed."""
    return verify(Compose("docker-compose.yml", "docker-compose.cluster.yml"), CHECKS)


if __name__ == "__main__":
    sys.exit(main())
