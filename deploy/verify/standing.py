"""Checks of the stack as it stands: health, hardening, networks, scraping, alerts, panels and rules."""

import contextlib
import itertools
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.verify.guide import AS_WRITTEN, commands, tried_by
from deploy.verify.lab import (
    GRAFANA,
    OURS,
    PAGE,
    PROMETHEUS,
    STAGES,
    WORK,
    Compose,
    firing,
    get,
    inspect,
    post_page,
    query,
    sh,
    until,
    value,
)
from deploy.verify.pages import Pusher, html_page, sha256_of

SERVICES = (*OURS, "redis", "redis-exporter", "prometheus", "grafana")
PROBE = """import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
    print("reached")
except OSError:
    print("closed")
"""


def is_up(compose: Compose) -> None:
    """`up -d --wait` after copying the example ends well, with three taggers."""
    compose("up", "-d", "--wait", "--wait-timeout", "180", "--scale", "tag=3", timeout=240)
    for service in SERVICES:
        for container in compose.ids(service):
            assert inspect(container, "{{.State.Health.Status}}") == "healthy", service
    assert len(compose.ids("tag")) == 3


def is_hardened(compose: Compose) -> None:
    """Inside every container: not root, no capability, no new privileges, a root that cannot be written."""
    for service in SERVICES:
        assert_hardened(compose.ids(service)[0], service)


def assert_hardened(container: str, service: str) -> None:
    """Fail unless a container's first process is unprivileged and its root cannot be written."""
    status = sh("docker", "exec", container, "cat", "/proc/1/status")
    assert not re.search(r"^Uid:\s+0\s", status, re.MULTILINE), f"{service} runs as root"
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE), f"{service} has capabilities"
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE), f"{service} may gain privileges"
    # As the kernel has mounted it: that a user who is not root cannot write there says nothing.
    mounts = sh("docker", "exec", container, "cat", "/proc/mounts").splitlines()
    (root,) = [line.split()[3] for line in mounts if line.split()[1] == "/"]
    assert "ro" in root.split(","), f"{service} can write its root"


def has_limits(compose: Compose) -> None:
    """The memory limit is in force in the kernel, a restart policy is set, and logs are rotated."""
    script = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
    for service in SERVICES:
        container = compose.ids(service)[0]
        limit = int(inspect(container, "{{.HostConfig.Memory}}"))
        assert 0 < limit <= 1 << 30, f"{service}: {limit}"
        assert sh("docker", "exec", container, "sh", "-c", script) == str(limit), service
        assert inspect(container, "{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped"
        assert json.loads(inspect(container, "{{json .HostConfig.LogConfig.Config}}")).keys() == {
            "max-file",
            "max-size",
        }


def only_pages_are_published(compose: Compose) -> None:
    """Three ports on 127.0.0.1 and no other; Redis is on none."""
    published = set()
    for service in SERVICES:
        for container in compose.ids(service):
            # What was asked for, and not what is in force: on an internal network an engine may leave a port out.
            asked = json.loads(inspect(container, "{{json .HostConfig.PortBindings}}")) or {}
            for bindings in asked.values():
                published |= {(binding["HostIp"], binding["HostPort"]) for binding in bindings or ()}
    assert published == {("127.0.0.1", port) for port in ("18787", "19090", "13000")}, published


def the_backend_is_closed(compose: Compose) -> None:
    """A stage reaches Redis and not the world; the same probe from deliver, which may, reaches it."""
    host, port = os.environ.get("VERIFY_OUTSIDE", "1.1.1.1:53").split(":")

    def reaches(service: str, *target: str) -> bool:
        said = compose("exec", "-T", service, "python", "-c", PROBE, *target)
        return said == "reached"

    assert reaches("clean", "redis", "6379"), "the probe itself does not work"
    assert reaches("deliver", host, port), "the positive control: deliver reaches nothing outside"
    for service in ("clean", "tag", "alert", "monitor"):
        assert not reaches(service, host, port), f"{service} reaches {host}"
    assert not reaches("produce", "grafana", "3000"), "produce, which reads the world, reaches Grafana"


def has_no_password_in_the_open(compose: Compose) -> None:
    """Redis asks for a password, and it stands in no environment, no command line and no layer."""
    password = compose("exec", "-T", "redis", "cat", "/run/secrets/tocsin_redis_password")
    assert len(password) == 64
    refused = compose("exec", "-T", "redis", "redis-cli", "ping")
    assert "NOAUTH" in refused, refused
    for service in SERVICES:
        container = compose.ids(service)[0]
        assert password not in inspect(container, "{{json .}}"), service
        assert password not in sh("docker", "top", container, "-eo", "pid,args"), service
        assert password not in sh("docker", "logs", container), service


def is_scraped(compose: Compose) -> None:
    """Prometheus accepts its files, finds every process by name, and none is down."""
    compose("exec", "-T", "prometheus", "promtool", "check", "config", "/etc/prometheus/prometheus.yml")
    expected = {**dict.fromkeys(OURS, 1.0), "tag": 3.0}

    def found() -> bool:
        return {
            one["metric"]["service"]: float(one["value"][1]) for one in query("sum by (service) (up{job='tocsin'})")
        } == expected

    until(found, f"the processes {expected} are scraped")
    until(lambda: value("count(up == 0) or vector(0)") == 0, "no target is down")


def metrics_are_clean(compose: Compose) -> None:
    """`promtool check metrics` has nothing to say of any process."""
    fetch = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9400/metrics').read().decode(), end='')"
    for service in OURS:
        text = compose("exec", "-T", service, "python", "-c", fetch)
        said = compose("exec", "-T", "prometheus", "promtool", "check", "metrics", stdin=text + "\n")
        assert not said, f"{service}: {said}"


def seeds_ring(compose: Compose) -> None:
    """Both seed pages ring niger-russia-military, once each, as two stories."""
    seeds = sorted(Path(WORK, "seeds").glob("*.txt"))
    assert {post_page(seed.read_text()) for seed in seeds} <= {"accepted"}, "a seed was not taken"

    def rang() -> bool:
        events = compose.rung("niger-russia-military")
        stories = {event["data"]["story"]["id"] for event in events}
        return len(events) == len({event["id"] for event in events}) == len(stories) == len(seeds)

    until(rang, f"{len(seeds)} seeds ring once each")


def all_of_thousands_ring_once(compose: Compose) -> None:
    """Of 3 000 pages, 300 must ring: each does, once, and nothing else does; all counts add up."""
    pusher = Pusher(range(1000, 4000), every=10).start()
    pusher.join(seconds=600)
    assert set(pusher.outcomes) == {"accepted"}, set(pusher.outcomes)
    exactly_once(compose, pusher.ringing, seconds=120)


def exactly_once(compose: Compose, numbers: list[int], *, seconds: float) -> None:
    """Every page that must ring has rung once, nothing stands twice in the log, and the counts of all stages add up."""
    expected = {sha256_of(number) for number in numbers}
    until(
        lambda: all(not stage["length"] for stage in compose.status().values()),
        "the pipeline is empty",
        seconds=seconds,
    )
    events = compose.rung()
    ids = [event["id"] for event in events]
    rung = [event["data"]["page"]["sha256"] for event in events]
    assert len(ids) == len(set(ids)), "an alert stands twice in the log"
    assert len(rung) == len(set(rung)), "a page rang twice"
    missing = expected - set(rung)
    assert not missing, f"{len(missing)} of {len(expected)} pages did not ring"
    add_up(compose)


def dated_pages_ring(compose: Compose) -> None:
    """HTML pages that state their publication with a zone ring, and the time from publication to alert is measured."""
    now = datetime.now(UTC)
    for number in range(5000, 5020):
        post_page(html_page(number, published_at=now - timedelta(minutes=10)), content_type="text/html")
    until(lambda: (value("sum(tocsin_published_to_alert_seconds_count)") or 0) >= 20, "20 dated alerts are counted")
    median = until(lambda: value("tocsin:published_to_alert_seconds:p50_1h"), "the median is recorded")
    assert 300 < median < 3600, median


def add_up(compose: Compose) -> None:
    """What one stage sent is what the next received, and each stage accounts for all it took."""

    def balanced() -> bool:
        stages = compose.status()
        for before, after in itertools.pairwise(STAGES):
            assert stages[before]["sent"] == stages[after]["received"], f"{before} → {after}: {stages}"
        for stage in ("clean", "tag"):
            one = stages[stage]
            out = one["sent"] + sum(one["dropped"].values()) + sum(one["died"].values())
            assert one["received"] == out, one
        return True

    until(balanced, "counts add up", seconds=20)  # a canary may be on its way between two looks


def every_panel_has_data(compose: Compose) -> None:
    """Range queries of every panel of every dashboard, through the provisioned data source, give numbers."""

    def all_there() -> bool:
        found = get(f"{GRAFANA}/check?seconds=300", timeout=120)
        bad = [f"{p['dashboard']}: {p['panel']}: {p['error']}: {p['expr']}" for p in found["panels"] if "error" in p]
        assert found["ok"], "\n".join([*found["problems"], *bad])
        return bool(found["panels"])

    if inspect(compose.ids("grafana")[0], "{{.Config.Image}}").startswith("standin/"):
        until(all_there, "every panel has data", seconds=90)
    else:
        until(lambda: get(f"{GRAFANA}/api/health")["database"] == "ok", "Grafana is well")


def every_rule_is_alive(compose: Compose) -> None:
    """Every rule evaluates, every recorded series exists, and every metric that a rule names is in Prometheus."""
    groups = until(lambda: get(f"{PROMETHEUS}/api/v1/rules")["data"]["groups"], "rules are loaded")
    rules = [rule for group in groups for rule in group["rules"]]
    bad = [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"]
    assert rules and not bad, bad

    def all_there() -> bool:
        known = set(get(f"{PROMETHEUS}/api/v1/label/__name__/values")["data"])
        missing = {rule["name"]: _names(rule["query"]) - known for rule in rules}
        assert not any(missing.values()), f"no such series: { {name: m for name, m in missing.items() if m} }"
        return True

    until(all_there, "every metric of every rule exists", seconds=45)


_WORDS = {"by", "without", "on", "ignoring", "and", "or", "unless", "bool", "offset", "group_left", "group_right"}
# Only where somebody has subscribed, or sources are read.
_MAY_BE_ABSENT = {"tocsin_deliveries_total", "tocsin_deliveries_dead", "tocsin_subscription_behind_seconds"}


def _names(expr: str) -> set[str]:
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)', " ", expr)
    found = {m[0] for m in re.finditer(r"[A-Za-z_:][\w:]*(?!\w)(?!\s*\()", bare)}
    return {name for name in found if name not in _WORDS} - _MAY_BE_ABSENT


def nothing_is_wrong(compose: Compose) -> None:
    """With everything well no alert fires, and the canary comes out within a second."""
    until(lambda: not firing(), "no alert fires", seconds=90)
    until(lambda: (value("tocsin:canary_age_seconds") or 99) < 15, "a canary came out lately")
    until(lambda: (value("sum(tocsin_canaries_arrived_total)") or 0) >= 2, "canaries arrive")
    shown = get(f"{PAGE}/v1/alerts?rule=canary")["alerts"]
    assert not shown, "a subscriber sees canaries"
    log = compose.tocsin("tail", "--json", "--no-follow", "--from", "beginning")
    assert '"canary"' not in log, "the log holds canaries"


def a_bad_rule_changes_nothing(compose: Compose) -> None:
    """A rule file with a mistake is refused and raises an alarm; the rules before it go on."""
    broken = WORK / "watch/rules/broken.yaml"
    with contextlib.ExitStack() as stack:
        stack.callback(broken.unlink, missing_ok=True)
        broken.write_text("rules:\n  - id: broken\n    title: Broken\n    when: Iceland and (\n")
        until(lambda: "TocsinReloadFailed" in firing(), "the alarm fires", seconds=90)
        pusher = Pusher(range(900, 901), every=10).start()
        pusher.join(seconds=30)
        until(lambda: sha256_of(900) in {e["data"]["page"]["sha256"] for e in compose.rung()}, "the rules before ring")
    until(lambda: "TocsinReloadFailed" not in firing(), "the alarm clears")


def as_written(compose: Compose, command: str) -> str:
    """Return what a command of the documents prints; raises AssertionError when it fails. `grep` may find nothing."""
    files = ":".join(file for file in compose.files if file != "-f")
    here = command.replace("http://127.0.0.1:8787", PAGE).replace(" exec ", " exec -T ")
    here = re.sub(r"\| (grep .*)$", r"| { \1 || [ $? = 1 ]; }", here)
    return sh("env", f"COMPOSE_FILE={files}", "bash", "-o", "pipefail", "-c", here)


def the_guide_holds(compose: Compose) -> None:
    """Commands of docs/operate.md run as they are written; only ports and the names of files differ."""
    shown = [command for command in commands((WORK / "docs/operate.md").read_text()) if AS_WRITTEN in tried_by(command)]
    for command in shown:
        said = as_written(compose, command)
        assert said or " tail " in command, f"{command}: nothing was said"
    assert len(shown) > 10, shown
