"""The healthcheck of a container: `python -m runtime.health` asks this container's own /livez.

A stuck process is never restarted by an engine, only shown as unhealthy; so after `--end-after` failures in a row this
also ends it (SIGKILL, which every stage survives by design), and the restart policy brings it back. A container in its
first minute is left alone: on a slow machine a stage takes its time to load before it can answer.
"""

import argparse
import http.client
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

FAILURES = Path("/tmp/tocsin-health-failures")  # a container's own tmpfs, gone with its restart
ANSWER_SECONDS = 4.0  # below the healthcheck's timeout, so that a silent process is counted as well
STARTS_IN_SECONDS = 60.0  # ten times what loading a stage takes on two busy cores (4 to 6 s)
INIT = 1  # the engine's init; what it started is what this container is for


def ask(port: int, path: str = "/livez", *, timeout_seconds: float = ANSWER_SECONDS) -> str | None:
    """Return None when the process on this host says it is well, else what is wrong."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(500).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port}: {type(error).__name__}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else text or f"status {answer.status}"


def failures_so_far(file: Path | None = None) -> int:
    """Return how many checks in a row, up to now, have not ended well."""
    try:
        return int((file or FAILURES).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def children_of(parent: int, *, proc: Path = Path("/proc")) -> Iterator[int]:
    """Yield the processes that `parent` started, this one excepted."""
    for folder in proc.iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == parent:
            yield int(folder.name)


def age_seconds(pid: int, *, proc: Path = Path("/proc")) -> float:
    """Return how long ago a process began."""
    fields = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    uptime_seconds = float((proc / "uptime").read_text(encoding="ascii").split()[0])
    return uptime_seconds - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when the process is well and 1 when it is not; ends it when it has not been for too long."""
    parser = argparse.ArgumentParser(prog="python -m runtime.health", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("TOCSIN_PROBE_PORT", "9400")))
    parser.add_argument("--path", default="/livez")
    parser.add_argument("--end-after", type=int, metavar="FAILURES", help="end a process that failed this often")
    parser.add_argument("--starts-in", type=float, default=STARTS_IN_SECONDS, metavar="SECONDS")
    given = parser.parse_args(arguments)
    failures = failures_so_far()
    if given.end_after is not None and failures >= given.end_after and age_seconds(INIT) > given.starts_in:
        FAILURES.unlink(missing_ok=True)
        for pid in children_of(INIT):
            os.kill(pid, signal.SIGKILL)
        return answer(f"ended after {failures} failures")
    # Counted before it is asked: on a machine under load the engine may cut this check off, and that is a failure too.
    FAILURES.write_text(str(failures + 1), encoding="ascii")
    wrong = ask(given.port, given.path)
    if wrong is None:
        FAILURES.unlink(missing_ok=True)
    return answer(wrong)


def answer(wrong: str | None) -> int:
    """Print the answer for `docker inspect`; returns the exit code that goes with it."""
    print(wrong or "ok")  # noqa: T201  (an engine shows it)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
