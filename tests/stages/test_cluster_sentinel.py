"""Sentinel: failover without partitions. The master dies, and a stage goes on with the replica that replaces it."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis as redis_sync
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime.errors import Misconfigured
from runtime.redis_client import client, wait_until_ready
from runtime.server import binary
from runtime.settings import RuntimeSettings
from tests.stages.a_cluster import free_port_pairs
from tests.stages.a_cluster import until as until_true
from tests.stages.a_stage import a_stage, add, running, upper, written
from tests.wait import until


@dataclass
class Watched:
    """A master, its replica, and three Sentinels."""

    master: subprocess.Popen[bytes]
    sentinel_ports: list[int]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    master, replica, *sentinels = free_port_pairs(5)
    with contextlib.ExitStack() as stack:
        processes = [
            _start(stack, tmp_path, master),
            _start(stack, tmp_path, replica, "--replicaof", "127.0.0.1", str(master)),
        ]
        until_true(lambda: _call(replica, "ROLE")[3] == b"connected", "the replica follows")
        for port in sentinels:
            config = tmp_path / f"sentinel-{port}.conf"
            config.write_text(
                f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\nlogfile {tmp_path}/sentinel-{port}.log\n"
                f"sentinel monitor news 127.0.0.1 {master} 2\nsentinel down-after-milliseconds news 500\n"
                "sentinel failover-timeout news 2000\n",
                encoding="utf-8",
            )
            _run(stack, [binary(), str(config), "--sentinel"])
        for port in sentinels:
            until_true(lambda port=port: _knows_all(port), "the Sentinels know each other and the replica")  # type: ignore[misc]
        yield Watched(processes[0], sentinels)


def _start(stack: contextlib.ExitStack, folder: Path, port: int, *more: str) -> subprocess.Popen[bytes]:
    own = folder / str(port)
    own.mkdir()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(own), "--save", "", *more]
    process = _run(stack, [binary(), *options, "--logfile", str(own / "log"), "--repl-diskless-sync-delay", "0"])
    until_true(lambda: _call(port, "PING"), "the server answers")
    return process


def _run(stack: contextlib.ExitStack, command: list[str]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def _call(port: int, *command: str) -> Any:
    with contextlib.suppress(redis_sync.RedisError), contextlib.closing(redis_sync.Redis(port=port)) as one:
        return one.execute_command(*command)
    return [b""] * 5 if command[0] == "ROLE" else None


def _knows_all(port: int) -> bool:
    state = _call(port, "SENTINEL MASTER", "news")
    return bool(state) and int(state["num-other-sentinels"]) == 2 and int(state["num-slaves"]) == 1


async def test_a_stage_goes_on_with_the_replica_when_the_master_dies(watched: Watched) -> None:
    """What came before the failover and what comes after it is handed on, once each."""
    url = "redis://" + ",".join(f"127.0.0.1:{port}" for port in watched.sentinel_ports)
    settings = RuntimeSettings(redis_url=SecretStr(url), redis_sentinel="news", claim_after="PT0.5S")
    redis = client(settings)
    await wait_until_ready(redis, url=url)
    stage, app = a_stage(upper, settings)

    async def seen() -> list[bytes]:
        with contextlib.suppress(RedisError, OSError):
            return await written(redis, stage)
        return []

    async def added() -> bool:
        with contextlib.suppress(RedisError, OSError):
            return bool(await add(redis, stage, b"after"))
        return False

    async with running(app):
        await add(redis, stage, b"before")
        await until(lambda: _is(seen, [b"BEFORE"]), describe="the first message is handed on")
        await redis.execute_command("WAIT", 1, 2000)
        watched.master.kill()
        await until(added, describe="the new master takes messages")
        await until(lambda: _is(seen, [b"BEFORE", b"AFTER"]), describe="the stage goes on")
    await redis.aclose()


async def _is(seen: Any, wanted: list[bytes]) -> bool:
    return bool(await seen() == wanted)


def test_a_cluster_with_sentinels_is_refused() -> None:
    settings = RuntimeSettings(redis_url=SecretStr("redis://a"), redis_cluster=True, redis_sentinel="news")

    with pytest.raises(Misconfigured, match="expected one of them, found both"):
        client(settings)
