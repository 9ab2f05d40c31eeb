"""The pipeline of processes on a Redis Cluster, whose masters and replicas are killed in turn."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import redis as redis_sync
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException

from schemas import streams
from tests.chaos.pipeline import Pipeline
from tests.stages.a_cluster import Cluster, until

AWAY = (redis_sync.RedisError, RedisClusterException, OSError)
ALL_AWAY = 10**9  # outstanding messages, when nobody can say


@dataclass
class ClusterPipeline(Pipeline):
    """Workers and a producer on three masters with a replica each."""

    fsync: str = "everysec"
    workers_per_stage: int = 1
    partitions: int = 6
    wait_replicas: int = 1

    def serve(self) -> dict[str, str]:
        self.tags = streams.partition_tags(self.partitions)
        self.cluster = Cluster(self.folder / "cluster").start()
        return {
            "TOCSIN_REDIS_URL": self.cluster.url,
            "TOCSIN_REDIS_CLUSTER": "true",
            "TOCSIN_PARTITIONS": str(self.partitions),
            "TOCSIN_WAIT_REPLICAS": str(self.wait_replicas),
        }

    def stop_serving(self) -> None:
        self.cluster.stop()

    @contextlib.contextmanager
    def client(self) -> Iterator[Any]:
        """Yield a client that begins with the nodes that are up now."""
        nodes = [ClusterNode("127.0.0.1", node.port) for node in self.cluster.nodes if node.is_up()]
        client = RedisCluster(startup_nodes=nodes, require_full_coverage=False, socket_timeout=2)
        try:
            yield client
        finally:
            client.close()

    def keys(self, *names: str) -> list[str]:
        return [streams.key("tocsin", tag, *names) for tag in self.tags]

    def outstanding(self) -> int:
        with contextlib.suppress(*AWAY), self.client() as redis:
            return sum(redis.xlen(key) for name in streams.READS.values() for key in self.keys(name))
        return ALL_AWAY

    def dead_letters(self, stage: str) -> list[dict[str, Any]]:
        with self.client() as redis:
            entries = [fields for key in self.keys(streams.DEAD, stage) for _, fields in redis.xrange(key)]
        return [json.loads(fields[b"d"]) for fields in entries]

    def alerts_by_partition(self) -> list[list[str]]:
        with self.client() as redis:
            return [[json.loads(f[b"d"])["id"] for _, f in redis.xrange(key)] for key in self.keys(streams.ALERTS)]

    def kill_a_shard_in_turn(self, number: int) -> None:
        """Kill a master; when its replica has taken over and has a replica again, kill that one too."""
        for _ in range(2):
            master, replica = self.cluster.pair(number)
            master.kill()
            self.kills["redis"] += 1
            until(lambda node=replica: node.role() == "master", "the replica took over")  # type: ignore[misc]
            self.cluster.restart(master)
            until(self.cluster.is_whole, "the dead master came back as a replica")

    def in_background(self) -> "Nanny":
        return Nanny(self)


class Nanny:
    """Starts dead processes again while somebody else waits for the cluster."""

    def __init__(self, pipeline: ClusterPipeline) -> None:
        self.pipeline, self.stop = pipeline, Event()
        self.thread = Thread(target=self._run)

    def __enter__(self) -> "Nanny":
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.stop.wait(0.1):
            self.pipeline.keep_going()
