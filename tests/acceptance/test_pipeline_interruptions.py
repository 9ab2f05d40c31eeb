"""`tocsin run` is interrupted: its server dies, it is killed or stopped; every page has one outcome."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from runtime.server import EmbeddedServer
from schemas import streams
from tests.chaos.pages import page_line, rings
from tests.wait import until

ROOT = Path(__file__).parents[2]
TOCSIN = Path(sys.executable).parent / "tocsin"
PAGES = 60


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(b"".join(map(page_line, range(PAGES))))
    return path


@contextlib.contextmanager
def tocsin_run(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start `tocsin run`; its output goes to folder/out, and it is killed at the end when it still runs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [TOCSIN, "run", "--data-dir", str(folder / "data"), *arguments],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**environ, "COLUMNS": "300"},
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def ended(process: subprocess.Popen[bytes]) -> int:
    await until(lambda: process.poll() is not None, describe="the run ends", within_seconds=60)
    return int(process.returncode)


async def test_a_server_that_dies_during_a_run_is_started_again(tmp_path: Path, pages: Path) -> None:
    """The run goes on where it was, says what happened, and ends well."""
    with tocsin_run(tmp_path, "--once", str(pages)) as process:
        await until(lambda: b"pushed:" in _out(tmp_path), describe="the pages are pushed", within_seconds=30)
        os.kill(_server_pid(tmp_path), signal.SIGKILL)
        code = await ended(process)

    assert code == 0, _out(tmp_path).decode()
    assert b"started again" in _out(tmp_path)
    assert b"Traceback" not in _out(tmp_path)
    assert _rang(tmp_path) == sum(map(rings, range(PAGES)))


async def test_a_run_that_is_killed_leaves_no_worker_and_the_next_one_goes_on(tmp_path: Path, pages: Path) -> None:
    """Workers end with their supervisor, and nothing that was pushed is lost or rings twice."""
    with tocsin_run(tmp_path, "--once", str(pages)) as process:
        await until(lambda: b"pushed:" in _out(tmp_path), describe="the pages are pushed", within_seconds=30)
        server = _server_pid(tmp_path)
        workers = [child for child in psutil.Process(process.pid).children() if child.pid != server]
        assert len(workers) == 3
        process.kill()
        await until(lambda: not any(map(_is_alive, workers)), describe="the workers have ended")

    with tocsin_run(tmp_path, "--once", str(pages)) as process:
        assert await ended(process) == 0, _out(tmp_path).decode()

    assert f"0 accepted, {PAGES} duplicate".encode() in _out(tmp_path)
    assert _rang(tmp_path) == sum(map(rings, range(PAGES)))


async def test_ctrl_c_stops_a_run_in_order(tmp_path: Path, pages: Path) -> None:
    """Exit code 0, no traceback, no process left."""
    with tocsin_run(tmp_path, "--once", str(pages)) as process:
        await until(lambda: b"pushed:" in _out(tmp_path), describe="the pages are pushed", within_seconds=30)
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        code = await ended(process)

    assert code == 0, _out(tmp_path).decode()
    assert b"Traceback" not in _out(tmp_path)
    assert not any(map(_is_alive, children))


async def test_a_run_that_goes_on_is_watched(tmp_path: Path, pages: Path) -> None:
    """The monitor runs beside the stages: its canary comes out, `tocsin status` says when, and nobody is shown it."""
    # A port of its own: runs beside each other both find 8787 free.
    with tocsin_run(tmp_path, "--port", "0", str(pages)) as process:
        await until(lambda: _canary_seconds(tmp_path) is not None, describe="a canary comes out", within_seconds=60)
        process.send_signal(signal.SIGINT)
        code = await ended(process)

    assert code == 0, _out(tmp_path).decode()
    assert b"canary" not in _out(tmp_path)


def _canary_seconds(folder: Path) -> float | None:
    done = subprocess.run(
        [TOCSIN, "status", "--json", "--data-dir", str(folder / "data")], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout)["canary_seconds"] if done.returncode == 0 else None  # starting: no server yet


def _out(folder: Path) -> bytes:
    return (folder / "out").read_bytes()


def _server_pid(folder: Path) -> int:
    return int(json.loads((folder / "data" / "server.json").read_text(encoding="utf-8"))["pid"])


def _is_alive(process: Any) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _rang(folder: Path) -> int:
    """Return how many alerts of our rule stand in the log; fails when one stands there twice."""
    import redis

    with EmbeddedServer(folder / "data") as server, redis.Redis.from_url(server.url) as client:
        entries = client.xrange(streams.key("tocsin", "p0", streams.ALERTS))
    events = [json.loads(fields[b"d"]) for _, fields in entries]
    ids = [event["id"] for event in events if event["data"]["rule"]["id"] == "niger-russia-military"]
    assert len(ids) == len(set(ids))
    return len(ids)
