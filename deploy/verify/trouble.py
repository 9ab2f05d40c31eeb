"""Checks of the stack in trouble: killed, stuck, stopped, full, scaled and upgraded, while pages come in."""

import base64
import json
import os
import signal
import subprocess
import time

from deploy.verify.guide import RUNBOOKS, commands, in_a_line, tried_by
from deploy.verify.lab import ENV, OURS, WORK, Compose, firing, inspect, query, sh, until, value
from deploy.verify.pages import Pusher
from deploy.verify.standing import as_written, exactly_once

KILLED = ("clean", "tag", "alert", "deliver", "produce", "monitor")


def _main_process(container: str) -> int:
    """Return the id, on this machine, of the process that a container's init has started."""
    init = inspect(container, "{{.State.Pid}}")
    with open(f"/proc/{init}/task/{init}/children", encoding="ascii") as children:  # noqa: PTH123
        found = children.read().split()
    return int(found[0]) if found else int(init)


def _restarts(container: str) -> int:
    return int(inspect(container, "{{.RestartCount}}"))


def _is_healthy(compose: Compose, service: str) -> bool:
    containers = compose.ids(service)
    return bool(containers) and all(inspect(c, "{{.State.Health.Status}}") == "healthy" for c in containers)


def survives_kills(compose: Compose) -> None:
    """Each service is killed in turn while pages come in; each comes back, nothing is lost and nothing doubled."""
    pusher = Pusher(range(10_000, 11_500), every=10, pause_seconds=0.02).start()
    for service in KILLED:
        container = compose.ids(service)[0]
        before = _restarts(container)
        os.kill(_main_process(container), signal.SIGKILL)
        until(lambda c=container, n=before: _restarts(c) > n, f"{service} is started again")
        until(lambda s=service: _is_healthy(compose, s), f"{service} is healthy again")
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=120)


def survives_redis_killed(compose: Compose) -> None:
    """Redis is killed twice while pages come in; all of them ring once."""
    pusher = Pusher(range(12_000, 13_000), every=10, pause_seconds=0.02).start()
    for _ in range(2):
        time.sleep(4)
        container = compose.ids("redis")[0]
        before = _restarts(container)
        os.kill(int(inspect(container, "{{.State.Pid}}")), signal.SIGKILL)
        until(lambda c=container, n=before: _restarts(c) > n, "Redis is started again")
        until(lambda: _is_healthy(compose, "redis"), "Redis is healthy again")
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=120)


def survives_a_lost_group(compose: Compose) -> None:
    """Consumer groups that vanish are made again at the beginning: nothing lost, nothing doubled."""
    pusher = Pusher(range(14_000, 14_600), every=10, pause_seconds=0.02).start()
    for stream, group in (("pages", "g:clean"), ("articles", "g:tag"), ("tagged", "g:alert")):
        time.sleep(3)
        compose.redis_cli("XGROUP", "DESTROY", f"tocsin:{{p0}}:{stream}", group)
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=120)


def scales_up_and_down(compose: Compose) -> None:
    """Workers come and go while pages come in; Prometheus follows, and every page rings once."""
    pusher = Pusher(range(16_000, 17_500), every=10, pause_seconds=0.02).start()
    for count in (4, 1, 3):
        compose("up", "-d", "--no-recreate", "--scale", f"tag={count}", "--scale", "clean=2", "--wait", timeout=180)
        until(lambda n=count: value('sum(up{job="tocsin",service="tag"})') == n, f"{count} taggers are scraped")
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=120)


def restarts_a_stuck_stage(compose: Compose) -> None:
    """A stage that hangs turns unhealthy, is ended and started again, and what it held is finished by others."""
    pusher = Pusher(range(18_000, 18_400), every=10, pause_seconds=0.05).start()
    time.sleep(3)
    container = compose.ids("clean")[0]
    before = _restarts(container)
    os.kill(_main_process(container), signal.SIGSTOP)
    until(lambda: inspect(container, "{{.State.Health.Status}}") == "unhealthy", "it is unhealthy", seconds=90)
    until(lambda: _restarts(container) > before, "it is ended and started again", seconds=90)
    until(lambda: _is_healthy(compose, "clean"), "it is healthy again")
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=120)


RECEIVER = """import http.server, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(pathlib.Path("/srv/receiver/status").read_text()))
        self.end_headers()
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


def a_receiver_fails(compose: Compose) -> None:
    """A webhook that answers 500 is tried again, and nobody else notices; what it rings is looked at further below."""
    folder = WORK / "receiver"
    folder.mkdir()
    (folder / "server.py").write_text(RECEIVER)
    (folder / "status").write_text("500")
    (WORK / "watch/subscriptions.yaml").write_text(
        "subscriptions:\n  - id: verify\n    webhook: http://receiver:8080/\n    secrets: [env:VERIFY_SECRET]\n"
    )
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    allowed = {"TOCSIN_DELIVER_ALLOW_PRIVATE_TARGETS": "true", "VERIFY_SECRET": secret}
    receiver = {
        "image": "tocsin:0.1.0", "command": ["python", "/srv/receiver/server.py"], "networks": ["outside"],
        "volumes": ["./receiver:/srv/receiver:ro"], "stop_grace_period": "1s",
        "healthcheck": {"test": ["CMD", "true"], "interval": "2s"},
    }  # fmt: skip
    override = {"services": {"receiver": receiver, "deliver": {"environment": allowed}}}
    (WORK / "receiver.json").write_text(json.dumps(override))
    compose.files += ["-f", "receiver.json"]
    compose("up", "-d", "--no-deps", "--wait", "receiver", "deliver", timeout=180)
    until(lambda: value('sum(tocsin_deliveries_total{subscription="verify"})') == 0, "its deliveries count from zero")
    Pusher(range(8_000, 8_020), every=1).start().join(seconds=60)
    until(lambda: (value(DELIVERIES.format("retried")) or 0) >= 20, "its deliveries are tried again")


DELIVERIES = 'sum(increase(tocsin_deliveries_total{{subscription="verify",outcome="{}"}}[10m]))'


def the_failing_receiver_rings(compose: Compose) -> None:
    """`webhook failing` fires for the receiver that failed further above, and clears when most deliveries arrive."""
    until(lambda: "TocsinWebhookFailing" in firing(), "webhook failing fires", seconds=420)
    (WORK / "receiver/status").write_text("200")
    retried = int(value(DELIVERIES.format("retried")) or 0)
    Pusher(range(8_100, 8_100 + retried), every=1).start().join(seconds=200)
    until(lambda: "TocsinWebhookFailing" not in firing(), "the alarm clears", seconds=90)
    print(f"           {retried} deliveries failed, and as many that arrived cleared the alarm", flush=True)


def canary_is_missed(compose: Compose) -> None:
    """Without taggers `canary late` fires within a minute, and clears with the next canary."""
    until(lambda: "TocsinCanaryLate" not in firing(), "the alarm is quiet")
    compose("stop", "tag")
    started = time.monotonic()
    until(lambda: "TocsinCanaryLate" in firing(), "canary late fires", seconds=60)
    print(f"           canary late fired after {time.monotonic() - started:.0f} s", flush=True)
    until(lambda: "TocsinStageDown" in firing(), "stage down fires as well", seconds=60)
    down = {one["metric"]["service"] for one in query('ALERTS{alertname="TocsinStageDown",alertstate="firing"}')}
    assert down == {"tag"}, down
    compose("start", "tag")
    started = time.monotonic()
    until(lambda: not firing() & {"TocsinCanaryLate", "TocsinStageDown"}, "recovery clears both", seconds=90)
    print(f"           cleared {time.monotonic() - started:.0f} s after the start", flush=True)


def _is_refused(pusher: Pusher) -> bool:
    """Look for a few seconds whether pages are offered and none is taken."""
    taken, waits = pusher.taken, pusher.waits
    time.sleep(5)
    return pusher.taken == taken and pusher.waits > waits


def endures_a_full_redis(compose: Compose) -> None:
    """Redis at its limit: pushers are told to wait, the alarm fires, it drains by itself, nothing is lost."""
    limit = compose.redis_cli("CONFIG", "GET", "maxmemory").split()[-1]
    try:
        _fill_and_drain(compose)
    finally:
        compose.redis_cli("CONFIG", "SET", "maxmemory", limit)


def _fill_and_drain(compose: Compose) -> None:
    compose("stop", "clean")
    used = int(compose.redis_cli("INFO", "memory").split("used_memory:")[1].split()[0])
    archive = int(compose.redis_cli("MEMORY", "USAGE", "tocsin:{p0}:archive", "SAMPLES", "0") or 0)
    # Full at once; the archive makes room, and then eight megabytes of pages fill it again.
    compose.redis_cli("CONFIG", "SET", "maxmemory", str(used - archive + (8 << 20)))
    pusher = Pusher(range(20_000, 26_000), every=50).start()
    try:
        until(lambda: pusher.taken > 1000, "the archive makes room for pages", seconds=180)
        until(lambda: _is_refused(pusher), "pushers are told to wait", seconds=400)
        until(lambda: "TocsinRedisMemoryHigh" in firing(), "the alarm fires", seconds=90)
        print(f"           full after {pusher.taken} pages, and the alarm fires", flush=True)
    finally:
        compose("start", "clean")
    pusher.join(seconds=600)
    exactly_once(compose, pusher.ringing, seconds=400)
    until(lambda: "TocsinRedisMemoryHigh" not in firing(), "the alarm clears by itself", seconds=120)


def upgrades_without_loss(compose: Compose) -> None:
    """One service after the other runs the next image while pages come in; both versions read what the other wrote."""
    pusher = Pusher(range(30_000, 32_000), every=10, pause_seconds=0.02).start()
    compose.env["IMAGE_TAG"] = "0.1.1"
    compose("build", "--quiet", "clean", timeout=900)
    for service in ("alert", "tag", "clean", "deliver", "produce", "monitor"):  # readers before writers
        compose("up", "-d", "--no-deps", "--wait", "--wait-timeout", "120", service, timeout=180)
        assert inspect(compose.ids(service)[0], "{{.Config.Image}}") == "tocsin:0.1.1"
    pusher.join(seconds=300)
    exactly_once(compose, pusher.ringing, seconds=120)


def the_runbooks_hold(compose: Compose) -> None:
    """Commands of the runbooks run as they are written, those that restart something too, and pages ring after them."""
    texts = [path.read_text("utf-8") for path in sorted((WORK / "deploy/runbooks").glob("*.md"))]
    shown = [one for text in texts for one in (*commands(text), *in_a_line(text)) if one.startswith("docker ")]
    for command in dict.fromkeys(shown):
        if RUNBOOKS in tried_by(command):
            as_written(compose, command.replace("CONTAINER", compose.ids("tag")[0]))
    until(lambda: all(_is_healthy(compose, service) for service in ("redis", *OURS)), "all are healthy", seconds=120)
    pusher = Pusher(range(36_000, 36_100), every=10).start()
    pusher.join(seconds=120)
    exactly_once(compose, pusher.ringing, seconds=120)


def stops_cleanly(compose: Compose) -> None:
    """SIGTERM ends every process of ours with 0, well within its time, and what was in progress is not lost."""
    pusher = Pusher(range(34_000, 34_200), every=10).start()
    time.sleep(1)
    containers = {service: compose.ids(service) for service in OURS if service not in ("deliver", "monitor")}
    started = time.monotonic()
    compose("stop", *containers)
    seconds = time.monotonic() - started
    codes = {s: [inspect(c, "{{.State.ExitCode}} {{.State.OOMKilled}}") for c in ids] for s, ids in containers.items()}
    assert all(code == "0 false" for found in codes.values() for code in found), codes
    assert seconds < 15, f"{seconds:.0f} s"
    compose("start", *containers)
    pusher.join(seconds=120)
    exactly_once(compose, pusher.ringing, seconds=120)


def comes_back_from_everything_stopped(compose: Compose) -> None:
    """Stop all, start all in any order: a new password, the same messages."""
    before = compose("exec", "-T", "redis", "cat", "/run/secrets/tocsin_redis_password")
    log = len(compose.rung())
    compose("stop", timeout=120)
    compose("up", "-d", "--wait", "--wait-timeout", "180", "--no-recreate", timeout=240)
    assert compose("exec", "-T", "redis", "cat", "/run/secrets/tocsin_redis_password") != before
    assert len(compose.rung()) == log
    exactly_once(compose, [], seconds=60)


def is_backed_up_and_restored(compose: Compose) -> None:
    """As docs/operate.md says: back up while it runs, lose the volume, restore: the same log and counts."""
    before = {event["id"] for event in compose.rung()}
    assert before
    backup = WORK / "redis-backup.tar"
    compose.redis_cli("CONFIG", "SET", "auto-aof-rewrite-percentage", "0")
    with backup.open("wb") as file:
        subprocess.run(
            # 1 says that a file grew meanwhile; what was read of it is whole up to there.
            compose.command("exec", "-T", "redis", "sh", "-c", "tar -C /data -c appendonlydir || [ $? = 1 ]"),
            stdout=file, cwd=WORK, check=True,
        )  # fmt: skip
    compose("down", timeout=180)
    sh("docker", "volume", "rm", f"{ENV['COMPOSE_PROJECT_NAME']}_redis-data")
    with backup.open("rb") as file:
        restore = ("run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", "redis", "-c", "tar -C /data -x")
        subprocess.run(compose.command(*restore), stdin=file, capture_output=True, cwd=WORK, check=True)
    compose("up", "-d", "--wait", "--wait-timeout", "180", timeout=240)
    assert {event["id"] for event in compose.rung()} == before
    exactly_once(compose, [], seconds=60)


def an_oversized_worker_is_ended_alone(compose: Compose) -> None:
    """A process over its limit is ended by the kernel, and the machine and the others go on."""
    code = "x = bytearray(2 << 30); print(len(x))"
    said = sh("docker", "exec", compose.ids("clean")[0], "sh", "-c", f"python -c '{code}'; echo $?", check=False)
    assert said.splitlines()[-1] == "137", said
    until(lambda: _is_healthy(compose, "clean"), "the stage is healthy", seconds=90)
