"""FastStream's broker for a single server, a cluster or Sentinels, on our own clients."""

from typing import Any

from faststream.redis import RedisBroker, RedisClusterBroker
from faststream.redis.configs.state import RedisClusterConnectionState, RedisConnectionState

from runtime.redis_client import client, redis_url
from runtime.settings import RuntimeSettings


def broker_for(settings: RuntimeSettings, **options: Any) -> RedisBroker:
    """Return a silent broker for the server, cluster or Sentinels that are set; raises Misconfigured when none is."""
    options = {"logger": None, "apply_types": False, **options}  # None is what turns its log off
    return (ClusterBroker if settings.redis_cluster else SingleBroker)(settings, **options)


class SingleBroker(RedisBroker):
    """FastStream's broker on our client of one server."""

    def __init__(self, settings: RuntimeSettings, **options: Any) -> None:
        self._settings = settings
        super().__init__(_first(settings), **options)

    def _make_connection_state(self, connection_options: dict[str, Any], kwargs: dict[str, Any]) -> Any:
        return _State(connection_options, self._settings)


class ClusterBroker(RedisClusterBroker):
    """FastStream's cluster broker on our client."""

    def __init__(self, settings: RuntimeSettings, **options: Any) -> None:
        self._settings = settings
        super().__init__(_first(settings), **options)

    def _make_connection_state(self, connection_options: dict[str, Any], kwargs: dict[str, Any]) -> Any:
        return _ClusterState(connection_options, self._settings)


def _first(settings: RuntimeSettings) -> str:
    """Return the URL of the first host: FastStream can read only one, and does not use it."""
    return redis_url(settings).split(",", 1)[0]


class _State(RedisConnectionState):
    """FastStream's connection, with our client in it."""

    def __init__(self, options: dict[str, Any], settings: RuntimeSettings) -> None:
        super().__init__(options)
        self._settings = settings

    async def connect(self) -> Any:
        if not self._connected:
            self._client = client(self._settings)
            self._connected = True
        return self._client


class _ClusterState(RedisClusterConnectionState):
    """The same for a cluster."""

    def __init__(self, options: dict[str, Any], settings: RuntimeSettings) -> None:
        super().__init__(options)
        self._settings = settings

    async def connect(self) -> Any:
        if not self._connected:
            self._client = client(self._settings)
            self._connected = True
        return self._client
