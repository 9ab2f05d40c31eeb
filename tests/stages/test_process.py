"""A stage as a process: what it refuses, how it ends, and what it shows of itself."""

import asyncio
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from socket import socket
from socketserver import StreamRequestHandler, TCPServer
from threading import Event, Thread
from typing import Any

import pytest

from runtime.handling import Output
from runtime.settings import RuntimeSettings
from tests.stages.a_stage import a_stage, add, running, upper, written
from tests.stages.processes import stage_process, start_process
from tests.wait import until


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, ["TOCSIN_REDIS_URL", "redis://127.0.0.1:6379/0"], id="no server is named"),
        pytest.param({"TOCSIN_REDIS_URL": "http://x"}, ["expected redis://", "http"], id="not a Redis URL"),
        pytest.param({"TOCSIN_REDS_URL": "redis://x"}, ["TOCSIN_REDS_URL", "TOCSIN_REDIS_URL"], id="a typo"),
        pytest.param({"TOCSIN_BATCH_SIZE": "many"}, ["TOCSIN_BATCH_SIZE", "integer"], id="a word for a number"),
    ],
)
async def test_a_wrong_setup_stops_the_start(tmp_path: Path, environ: dict[str, str], expected: list[str]) -> None:
    """Exit code 78 and one line that says what to change; no traceback. (S21)"""
    process = await start_process("clean", cwd=tmp_path, **environ)
    _, errors = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 78
    [line] = errors.decode().splitlines()
    assert json.loads(line)["event"] == "refused to start"
    for words in expected:
        assert words in json.loads(line)["reason"]


async def test_an_old_server_is_refused(tmp_path: Path) -> None:
    """Redis 5 has no XAUTOCLAIM, without which nobody adopts the messages of the dead. (S22)"""
    with _redis_of_version("5.0.14") as url:
        process = await start_process("clean", cwd=tmp_path, TOCSIN_REDIS_URL=url)
        _, errors = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 78
    assert "version 5.0.14; expected 6.2 or newer" in errors.decode()
    assert "Traceback" not in errors.decode()


async def test_a_stage_ends_with_exit_code_0_on_sigterm(tmp_path: Path, settings: RuntimeSettings) -> None:
    """Whoever stops it in order sees an end in order. (S23)"""
    async with stage_process("clean", cwd=tmp_path, settings=settings) as process:
        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_a_supervised_stage_ends_with_its_supervisor(tmp_path: Path, settings: RuntimeSettings) -> None:
    """The supervisor's end closes our standard input, however it died. (S24)"""
    async with stage_process("clean", "--supervised", cwd=tmp_path, settings=settings) as process:
        assert process.stdin
        process.stdin.close()

        assert await asyncio.wait_for(process.wait(), 15) == 0


async def test_probes_and_metrics_of_a_stage(settings: RuntimeSettings) -> None:
    """Ready once it can read; every label value is there at zero before the first message. (S25) (S26)"""
    settings = settings.model_copy(update={"probe_port": _free_port()})
    _, app = a_stage(upper, settings)

    async with running(app):
        await until(lambda: _get(settings, "/readyz"), describe="the stage is ready")
        live, metrics = await _get(settings, "/livez"), await _get(settings, "/metrics")

    assert live == "ok\n"
    samples = {line for line in metrics.splitlines() if not line.startswith("#")}
    assert 'tocsin_messages_received_total{stage="clean"} 0.0' in samples
    assert 'tocsin_messages_dropped_total{reason="unwanted",stage="clean"} 0.0' in samples
    for reason in ("invalid_message", "unexpected_error", "too_many_deliveries"):
        assert f'tocsin_messages_dead_total{{reason="{reason}",stage="clean"}} 0.0' in samples


async def test_a_stage_that_stands_still_is_not_live(redis: Any, settings: RuntimeSettings) -> None:
    """A message that never ends is seen from outside, and its end too. (S26)"""
    go_on = Event()

    def stuck(data: bytes) -> Output:
        go_on.wait(20)
        return Output((data,))

    settings = settings.model_copy(update={"probe_port": _free_port(), "stuck_after": settings.claim_after})
    stage, app = a_stage(stuck, settings)
    await add(redis, stage, b"x")

    async with running(app):
        await until(lambda: _is_refused(settings, "/livez"), describe="/livez fails")
        go_on.set()
        await until(lambda: written(redis, stage), describe="the message is handed on")


async def _get(settings: RuntimeSettings, path: str) -> str:
    return await asyncio.to_thread(_fetch, settings, path)


def _fetch(settings: RuntimeSettings, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.probe_port}{path}", timeout=5) as reply:
            return str(reply.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return ""


async def _is_refused(settings: RuntimeSettings, path: str) -> bool:
    def ask() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{settings.probe_port}{path}", timeout=5).close()
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 503 and b"no sign of life" in error.read()
        except (urllib.error.URLError, ConnectionError):
            pass
        return False

    return await asyncio.to_thread(ask)


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _OldRedis(StreamRequestHandler):
    """Speaks just enough of the protocol to say PONG and its version."""

    version = "5.0.14"

    def handle(self) -> None:
        while head := self.rfile.readline():
            words = []
            for _ in range(int(head[1:])):
                self.rfile.readline()
                words.append(self.rfile.readline().strip().upper())
            info = f"# Server\r\nredis_version:{self.version}\r\n".encode()
            replies = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(info), info)}
            self.wfile.write(replies.get(words[0], b"+OK\r\n"))


@contextmanager
def _redis_of_version(version: str) -> Iterator[str]:
    with ExitStack() as stack:
        handler = type("Handler", (_OldRedis,), {"version": version})
        server = stack.enter_context(TCPServer(("127.0.0.1", 0), handler))
        Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
