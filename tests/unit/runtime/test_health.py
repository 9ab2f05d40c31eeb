"""The healthcheck: says what is wrong, counts failures in a row, and finds the process it may end."""

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from runtime import health


@pytest.fixture
def answers():
    """A process that answers /livez with the status in the list's last place."""
    statuses = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(statuses[-1])
            self.end_headers()
            self.wfile.write(b"ok" if statuses[-1] == 200 else b"stuck for 130 s")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, statuses
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def failures(tmp_path, monkeypatch):
    """Where failures are counted, out of the way of a container's own."""
    monkeypatch.setattr(health, "FAILURES", tmp_path / "failures")
    return tmp_path / "failures"


def test_a_healthy_process_is_well(answers):
    """200 is health, and nothing else is."""
    port, statuses = answers

    assert health.ask(port) is None
    statuses.append(503)
    assert health.ask(port) == "stuck for 130 s"


def test_a_process_that_does_not_answer_is_not_well():
    """A port that nobody listens on is a failure, not an error of the check."""
    assert health.ask(1) == "no answer on port 1: ConnectionRefusedError"


def test_failures_are_counted_until_one_answer_is_good(answers, failures):
    """A check counts itself before it asks, so that one that is cut off has counted; a good answer clears the count."""
    port, statuses = answers

    for status, counted in ((503, 1), (503, 2), (200, 0), (503, 1)):
        statuses.append(status)
        health.main(["--port", str(port)])
        assert health.failures_so_far(failures) == counted


PARENT = "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.wait(), flush=True)"


def test_a_process_that_failed_too_often_is_ended(failures, monkeypatch):
    """After six failures in a row the check asks no more, and ends what init has started, and nothing else."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as init:
        monkeypatch.setattr(health, "INIT", init.pid)
        while not list(health.children_of(init.pid)):
            assert init.poll() is None
        failures.write_text("5")

        check = ["--port", "1", "--end-after", "6", "--starts-in", "0"]

        assert health.main(check) == 1
        assert list(health.children_of(init.pid))
        assert health.main(check) == 1
        assert init.communicate()[0].strip() == str(-signal.SIGKILL)
        assert health.failures_so_far(failures) == 0


def test_a_process_that_is_still_loading_is_not_ended(failures, monkeypatch):
    """On a slow machine it would be ended again and again, and never get to answer."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as init:
        monkeypatch.setattr(health, "INIT", init.pid)
        while not (children := list(health.children_of(init.pid))):
            assert init.poll() is None
        failures.write_text("99")

        assert health.main(["--port", "1", "--end-after", "6", "--starts-in", "30"]) == 1

        assert init.poll() is None
        assert 0 <= health.age_seconds(init.pid) < 30
        os.kill(children[0], signal.SIGTERM)


def test_the_children_of_a_process_are_found():
    """The check ends what init has started, and nothing else."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in set(health.children_of(os.getpid()))
        assert os.getpid() not in set(health.children_of(os.getpid()))
    finally:
        child.communicate(b"\n")


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_exit_code_is_the_answer(answers, capsys, status, code):
    """An engine reads the exit code, a person the line."""
    port, statuses = answers
    statuses.append(status)

    assert health.main(["--port", str(port)]) == code
    assert capsys.readouterr().out == ("ok\n" if code == 0 else "stuck for 130 s\n")
