"""Redis Cluster: a client that never sends a write twice, and lives on while one master of several is away.

What must stay true: a command is sent again only when a server refused it (MOVED, ASK, TRYAGAIN); an error of one
master never closes the connections to the others; every failure is a RedisError, so that callers treat a cluster and
a single server alike.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio.cluster import ClusterNode, ClusterPipeline, RedisCluster
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    NoScriptError,
    RedisClusterException,
    RedisError,
    SlotNotCoveredError,
    TimeoutError,
)

from runtime.errors import Misconfigured

_AWAY = (ConnectionError, TimeoutError, ClusterDownError)


class _Keys:
    """Which arguments of a command are keys, by a table.

    redis-py asks one master for it (COMMAND) before anything else; when that one is away, nothing would start.
    """

    async def initialize(self, node: Any = None) -> None:
        """Do nothing: the table is known."""

    async def get_keys(self, *args: Any) -> Sequence[Any] | None:
        """Return the keys of a command that this project sends; most have one, behind the command's name."""
        name = str(args[0]).upper()
        if name in ("XREAD", "XREADGROUP"):
            at = next(i for i, one in enumerate(args) if one in (b"STREAMS", "STREAMS")) + 1
            return args[at : at + (len(args) - at) // 2]
        if name in ("MGET", "DEL", "UNLINK", "EXISTS", "WATCH"):
            return args[1:]
        return args[1:2] or None


class _Script:
    """A script that is known to one master at a time: SCRIPT LOAD on all of them fails while one is away."""

    def __init__(self, redis: "ClusterClient", text: str) -> None:
        self.redis, self.text = redis, text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[Any] = (), args: Iterable[Any] = ()) -> Any:
        """Run the script where its keys lie; a master that does not know it yet gets its text."""
        arguments = (*keys, *args)
        try:
            return await self.redis.evalsha(self.sha, len(keys), *arguments)
        except NoScriptError:  # nothing of it has run
            return await self.redis.eval(self.text, len(keys), *arguments)


class _Pipeline(ClusterPipeline):
    """A pipeline that makes the client look at the cluster anew when a master did not answer."""

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        client = self.cluster_client
        try:
            results: list[Any] = await super().execute(raise_on_error, allow_redirections)
        except _AWAY:
            client._initialize = True
            raise
        for result in results:
            if isinstance(result, _AWAY):
                client._initialize = True
                raise result
        return results


class ClusterClient(RedisCluster):
    """redis-py's client with the properties named above; replies are bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands_parser = _Keys()  # type: ignore[assignment]
        self._given = [(node.host, node.port) for node in options["startup_nodes"]]

    async def initialize(self, *args: Any, **options: Any) -> "ClusterClient":
        """Learn who holds which slot, from any node that answers; when no known one does, the URL's are next."""
        try:
            await super().initialize(*args, **options)
        except RedisError:
            raise
        except RedisClusterException as error:  # redis-py's error for "no node answers" is no RedisError
            if isinstance(error.__cause__, RedisClusterException):  # a node answered: it is none
                raise Misconfigured(
                    "TOCSIN_REDIS_CLUSTER: expected false, for TOCSIN_REDIS_URL is a single server"
                ) from None
            found = [ClusterNode(*one, **self.nodes_manager.connection_kwargs) for one in self._given]
            self.nodes_manager.startup_nodes = {node.name: node for node in found}  # by name: all may have moved
            raise ConnectionError(f"no node of the cluster answers: {error}") from error
        return self

    async def aclose(self) -> None:
        """Close every connection, also when the cluster was about to be looked at anew."""
        self._initialize = False  # redis-py takes a client that is to look again for one without connections
        await super().aclose()

    async def _determine_nodes(self, *args: Any, **options: Any) -> list[ClusterNode]:
        try:
            nodes: list[ClusterNode] = await super()._determine_nodes(*args, **options)
        except SlotNotCoveredError as error:
            self._initialize = True
            raise ConnectionError(str(error)) from error
        return nodes

    async def master_of(self, key: str) -> ClusterNode:
        """Return the master that holds a key, as far as the client knows."""
        await self.initialize()
        node: ClusterNode
        [node] = await self.get_nodes_from_slot("GET", key)
        return node

    async def ping(self, **options: Any) -> bool:
        """Return True when any master answers; raises what the last one failed with."""
        await self.initialize()
        failed: Exception = ConnectionError("the cluster has no master")
        for node in self.get_primaries():
            try:
                return bool(await self.execute_command("PING", target_nodes=node))
            except (RedisError, OSError) as error:
                failed = error
        raise failed

    async def info(self, section: str | None = None, *args: str, **options: Any) -> Any:
        """Return INFO of the node in `target_nodes`; without, of the first master that answers."""
        if "target_nodes" in options:
            return await super().info(section, *args, **options)
        await self.initialize()
        failed: Exception = ConnectionError("the cluster has no master")
        for node in self.get_primaries():
            try:
                return await super().info(section, *args, target_nodes=node, **options)
            except (RedisError, OSError) as error:
                failed = error
        raise failed

    def register_script(self, script: Any) -> Any:
        """Return a script that can be called with keys of one slot."""
        return _Script(self, script)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> Any:
        """Return a pipeline; one with `transaction` takes keys of one slot."""
        return _Pipeline(self, transaction)  # type: ignore[abstract]


def connect_cluster(url: str, options: dict[str, Any]) -> ClusterClient:
    """Return a client of the cluster with a node at `url` (several: host:port,host:port); nothing is sent yet."""
    return ClusterClient(
        startup_nodes=[ClusterNode(host, port) for host, port in hosts(url, default_port=6379)],
        ssl=urlsplit(url).scheme == "rediss",
        **credentials(url),
        require_full_coverage=False,  # the slots of a master that is away wait; the others go on
        reinitialize_steps=0,  # a MOVED corrects one slot; redis-py would else close every connection now and then
        dynamic_startup_nodes=True,
        **options,
    )


def hosts(url: str, *, default_port: int) -> list[tuple[str, int]]:
    """Return the hosts and ports in a URL: `redis://a:6379,b` names two."""
    _, _, places = urlsplit(url).netloc.rpartition("@")
    found = (re.fullmatch(r"(\[.*\]|[^:]*)(?::([0-9]+))?", place) for place in places.split(","))
    return [(one[1].strip("[]"), int(one[2] or default_port)) for one in found if one]


def credentials(url: str) -> dict[str, str | None]:
    """Return the user name and password in a URL."""
    parts = urlsplit(url)
    return {
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }
