"""The embedded server: its own port and folder, what it keeps, and what it says when it cannot start."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis as redis_sync

from runtime.errors import Misconfigured
from runtime.server import EmbeddedServer, running_url
from tests.stages.processes import CLEAN_ENVIRON, ROOT

HOLD = """import sys, pathlib, runtime.server
runtime.server.EmbeddedServer(pathlib.Path(sys.argv[1])).start()
print("up", flush=True)
input()"""


def client(server: EmbeddedServer) -> Any:
    return redis_sync.Redis.from_url(server.url)


def test_it_listens_on_loopback_alone_and_never_on_6379(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server, client(server) as redis:
        assert redis.ping()
        assert server.port != 6379
        assert {
            where.laddr.ip for where in psutil.Process(server.pid).net_connections() if where.status == "LISTEN"
        } == {"127.0.0.1"}
        assert running_url(tmp_path) == server.url


def test_it_never_evicts_and_keeps_an_append_only_file(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server, client(server) as redis:
        found = {
            name: redis.config_get(name)[name] for name in ("maxmemory-policy", "appendonly", "appendfsync", "save")
        }

    assert found == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always", "save": ""}


def test_what_was_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    """Stopped in order with the default, and killed with `always`."""
    for fsync in ("everysec", "always"):
        with EmbeddedServer(tmp_path / fsync, fsync=fsync) as server, client(server) as redis:  # type: ignore[arg-type]
            redis.set("x", fsync)
            if fsync == "always":
                server.kill()
        with EmbeddedServer(tmp_path / fsync) as server, client(server) as redis:
            assert redis.get("x") == fsync.encode()


def test_a_killed_server_comes_back_where_it_was(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, fsync="always") as server, client(server) as redis:
        url = server.url
        redis.set("x", "kept")
        server.kill()
        assert not server.is_running

        server.restart()

        assert (server.url, redis.get("x"), server.is_running) == (url, b"kept", True)
        assert running_url(tmp_path) == url


def test_a_second_one_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Both are told apart by a lock that ends with its process, not by a file that may be stale."""
    with (
        EmbeddedServer(tmp_path),
        pytest.raises(Misconfigured, match=r"another `tocsin run` is using it.*--data-dir"),
    ):
        EmbeddedServer(tmp_path).start()

    with EmbeddedServer(tmp_path) as server:
        assert server.is_running


@pytest.mark.parametrize(
    "left",
    [
        pytest.param('{"url": "redis://127.0.0.1:1/0", "pid": 999999999}', id="its process is gone"),
        pytest.param(f'{{"url": "redis://127.0.0.1:1/0", "pid": {os.getpid()}}}', id="its id is somebody else's now"),
        pytest.param('{"url": "redis://127', id="half written"),
        pytest.param("", id="empty"),
        pytest.param("[1]", id="of another shape"),
    ],
)
def test_a_stale_file_after_a_crash_does_not_matter(tmp_path: Path, left: str) -> None:
    """Nobody is killed for a stale id, and the server starts."""
    (tmp_path / "server.json").write_text(left)

    with EmbeddedServer(tmp_path) as server:
        assert server.is_running


def test_a_server_that_outlived_its_run_is_taken_over_with_its_data(tmp_path: Path) -> None:
    """`tocsin run` was SIGKILLed; the next one stops what is left and keeps what it had."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**CLEAN_ENVIRON, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout and holder.stdin
    holder.stdout.readline()
    url = running_url(tmp_path)
    assert url
    with redis_sync.Redis.from_url(url) as redis:
        left_over = redis.info("server")["process_id"]
        redis.set("x", "kept")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    assert psutil.pid_exists(left_over)

    with EmbeddedServer(tmp_path) as server, client(server) as redis:
        assert redis.get("x") == b"kept"
        assert not psutil.pid_exists(left_over)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Misconfigured, match=r"data folder .*file/data: cannot be written"):
        EmbeddedServer(tmp_path / "file" / "data").start()


def test_a_server_that_cannot_read_its_data_says_why(tmp_path: Path) -> None:
    """The end of its own log stands in the error, and the folder is free again."""
    with EmbeddedServer(tmp_path) as server, client(server) as redis:
        redis.set("x", "y" * 1000)
    [manifest] = (tmp_path / "appendonlydir").glob("*.manifest")
    manifest.write_text("no manifest\n")

    with pytest.raises(Misconfigured, match=r"did not start; its log .*server\.log ends with:\n(.*\n)*.*manifest"):
        EmbeddedServer(tmp_path).start()
    with pytest.raises(Misconfigured, match="did not start"):
        EmbeddedServer(tmp_path).start()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with (
        EmbeddedServer(tmp_path / "one") as one,
        pytest.raises(Misconfigured, match=r"did not start.*\n(.*\n)*.*[Aa]ddress already in use"),
    ):
        EmbeddedServer(tmp_path / "two", port=one.port).start()
