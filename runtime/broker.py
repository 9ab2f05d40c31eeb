"""FastStream's broker for a single server or a cluster, on our own clients."""

from typing import Any

from faststream.redis import RedisBroker, RedisClusterBroker
from faststream.redis.configs.state import RedisClusterConnectionState

from runtime.cluster import connect_cluster
from runtime.redis_client import CLIENT_OPTIONS, redis_url
from runtime.settings import RuntimeSettings


def broker_for(settings: RuntimeSettings, **options: Any) -> RedisBroker:
    """Return a silent broker for the server or the cluster that is set; raises Misconfigured when none is."""
    options = {"logger": None, "apply_types": False, **options}  # None is what turns its log off
    url = redis_url(settings)
    return ClusterBroker(url, **options) if settings.redis_cluster else RedisBroker(url, **options, **CLIENT_OPTIONS)


class ClusterBroker(RedisClusterBroker):
    """FastStream's cluster broker on our client."""

    def __init__(self, url: str, **options: Any) -> None:
        self._url = url
        super().__init__(url.split(",", 1)[0], **options)  # of several nodes FastStream can read only one

    def _make_connection_state(self, connection_options: dict[str, Any], kwargs: dict[str, Any]) -> Any:
        return _State(connection_options, self._url)


class _State(RedisClusterConnectionState):
    """FastStream's connection, with our client in it."""

    def __init__(self, options: dict[str, Any], url: str) -> None:
        super().__init__(options)
        self._our_url = url

    async def connect(self) -> Any:
        if not self._connected:
            self._client = connect_cluster(self._our_url, CLIENT_OPTIONS)
            self._connected = True
        return self._client
