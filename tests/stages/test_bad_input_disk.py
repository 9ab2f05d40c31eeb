"""A disk that is full: what was accepted is neither lost nor doubled, and it flows again when there is room."""

import contextlib
import resource
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from redis.exceptions import RedisError

from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from tests.stages.a_stage import a_stage, add, running, upper, written
from tests.stages.test_bad_input_files import tocsin
from tests.wait import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prlimit, which stands in for a full disk, is Linux's")


def fill_disk(server: EmbeddedServer) -> None:
    """Let no file of the server grow any more: its next write fails, as on a full disk, and needs no root."""
    size = max(path.stat().st_size for path in server.data_dir.rglob("*") if path.is_file())
    resource.prlimit(server.pid or 0, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def free_disk(server: EmbeddedServer) -> None:
    resource.prlimit(server.pid or 0, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def test_a_stage_waits_out_a_full_disk(tmp_path: Path, settings: RuntimeSettings) -> None:
    """While the server refuses to write, nothing is handed on; afterwards everything is, once."""
    with EmbeddedServer(tmp_path, fsync="everysec") as server:
        settings = settings.model_copy(update={"redis_url": SecretStr(server.url)})
        stage, app = a_stage(upper, settings)
        async with contextlib.aclosing(connect(server.url)) as redis, running(app):
            accepted = [b"before"]
            await add(redis, stage, *accepted)
            await until(lambda: written(redis, stage), describe="the first message is handed on")

            fill_disk(server)
            refused = 0
            for number in range(200):
                try:
                    await add(redis, stage, b"%d " % number + b"x" * 1000)
                except RedisError:
                    refused += 1
                else:
                    accepted.append(b"%d " % number + b"x" * 1000)
            assert refused
            free_disk(server)

            await until(lambda: _is_empty(redis, stage), describe="the stage goes on")
            assert sorted(await written(redis, stage)) == sorted(message.upper() for message in accepted)


async def test_a_push_onto_a_full_disk_says_so(tmp_path: Path) -> None:
    """In one line with the server's own words, and the same push works when there is room."""
    page = tmp_path / "page.html"
    page.write_text("<p>" + "The bridge was opened on Monday. " * 1000, encoding="utf-8")
    with EmbeddedServer(tmp_path / "data", fsync="everysec") as server:
        async with contextlib.aclosing(connect(server.url)) as redis:
            fill_disk(server)
            await until(lambda: _is_refused(redis), describe="the server refuses to write")

            full = await tocsin("push", str(page), cwd=tmp_path, TOCSIN_REDIS_URL=server.url)
            free_disk(server)
            await until(lambda: _is_accepted(redis), describe="the server writes again")
            again = await tocsin("push", str(page), cwd=tmp_path, TOCSIN_REDIS_URL=server.url)

    assert full.code == 78
    assert "MISCONF" in full.errors
    assert "Traceback" not in full.errors
    assert again.code == 0
    assert "1 accepted" in again.out


async def _is_refused(redis: Any) -> bool:
    try:
        await redis.set("x", "x" * 10_000)
    except RedisError:
        return True
    return False


async def _is_accepted(redis: Any) -> bool:
    return not await _is_refused(redis)


async def _is_empty(redis: Any, stage: Any) -> bool:
    return int(await redis.xlen(stage.reads)) == 0
