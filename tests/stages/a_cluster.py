"""A real Redis Cluster on loopback: masters with replicas, made of the embedded server's program."""

import contextlib
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import redis as redis_sync

from runtime.server import binary
from schemas import streams

NODE_TIMEOUT_MS = 800  # a silent node counts as failed after this; short, for the tests' sake
PATIENCE_SECONDS = 20
ATTEMPTS = 3  # a port that was free may be somebody else's a moment later


TESTS = [
    *(
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        "nodes.conf",
        "--cluster-node-timeout",
        str(NODE_TIMEOUT_MS),
    ),
    *("--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "0"),
    *("--appendonly", "yes", "--save", "", "--repl-diskless-sync-delay", "0"),
]


@dataclass
class Node:
    """One server process of the cluster."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    id: str = ""

    def start(self, config: str = "") -> None:
        """Start with the tests' settings, or those of a file."""
        self.folder.mkdir(exist_ok=True)
        settings = [config] if config else TESTS
        self.process = subprocess.Popen(
            [
                *(binary(), *settings, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--cluster-port", str(self.port + 1), "--logfile", str(self.folder / "log")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def call(self, *command: Any) -> Any:
        with contextlib.closing(redis_sync.Redis(port=self.port, socket_timeout=5)) as client:
            return client.execute_command(*command)

    def is_up(self) -> bool:
        with contextlib.suppress(redis_sync.RedisError):
            return bool(self.call("PING"))
        return False

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def role(self) -> str:
        with contextlib.suppress(redis_sync.RedisError):
            return str(self.call("ROLE")[0].decode())
        return "away"


@dataclass
class Cluster:
    """Masters 0 … n-1 hold an equal share of the slots each; replica i follows master i."""

    folder: Path
    masters: int = 3
    replicas: int = 3
    nodes: list[Node] = field(default_factory=list)

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def start(self) -> "Cluster":
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(ATTEMPTS):
            ports = free_port_pairs(self.masters + self.replicas)
            self.nodes = [Node(self.folder / f"{attempt}-{port}", port) for port in ports]
            try:
                self._make()
            except BaseException as error:
                self.stop()
                if attempt == ATTEMPTS - 1 or not isinstance(error, AssertionError):
                    raise
            else:
                break
        return self

    def _make(self) -> None:
        for node in self.nodes:
            node.start()
        until(lambda: all(node.is_up() for node in self.nodes), "all nodes answer")
        for number, node in enumerate(self.nodes):
            node.id = node.call("CLUSTER MYID").decode()
            node.call("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number:
                node.call("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self.nodes[0].port + 1)
        for number in range(self.masters):
            first, last = number * streams.SLOTS // self.masters, (number + 1) * streams.SLOTS // self.masters - 1
            self.nodes[number].call("CLUSTER", "ADDSLOTSRANGE", first, last)
        until(lambda: all(len(node.call("CLUSTER NODES")) == len(self.nodes) for node in self.nodes), "all met")
        for number in range(self.replicas):
            replica = self.nodes[self.masters + number]
            until(lambda node=replica, id=self.nodes[number].id: _replicate(node, id), "the replica follows")  # type: ignore[misc]
        until(self.is_whole, "the cluster is whole")

    def stop(self) -> None:
        for node in self.nodes:
            if node.process and node.process.poll() is None:
                node.kill()

    @property
    def url(self) -> str:
        return "redis://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[: self.masters])

    def is_whole(self) -> bool:
        """Whether every node that answers sees all slots served, and every replica has caught up with its master."""
        for node in self.nodes:
            if not node.is_up() or node.call("CLUSTER INFO")["cluster_state"] != "ok":
                return False
            role = node.call("ROLE")
            if role[0] == b"slave" and role[3] != b"connected":
                return False
        return sum(node.role() == "master" for node in self.nodes) == self.masters

    def at(self, port: int) -> Node:
        return next(node for node in self.nodes if node.port == port)

    def pair(self, number: int) -> tuple[Node, Node]:
        """Return the current master and the replica of the shard that began as number."""
        one, other = self.nodes[number], self.nodes[self.masters + number]
        return (one, other) if one.role() == "master" else (other, one)

    def restart(self, node: Node) -> None:
        node.start()
        until(node.is_up, "the node answers")


def _replicate(node: Node, id: str) -> bool:
    with contextlib.suppress(redis_sync.ResponseError):  # it has not heard of that master yet
        return bool(node.call("CLUSTER", "REPLICATE", id))
    return False


def until(predicate: Any, describe: str, within_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for other processes to get somewhere; they tell nobody."""
    deadline = monotonic() + within_seconds
    while not predicate():
        assert monotonic() < deadline, f"not within {within_seconds} s: {describe}"
        sleep(0.05)


def free_port_pairs(count: int) -> list[int]:
    """Return ports that are free together with the next one, which the nodes talk on."""
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            one = stack.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port + 1))
                found.append(port)
    return found
