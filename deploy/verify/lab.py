"""What the end-to-end checks stand on: a copy of the checkout, Compose, HTTP, Prometheus, and patience."""

import json
import math
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(os.environ["LAB"]) / "work"
PAGE, PROMETHEUS, GRAFANA = ("http://127.0.0.1:18787", "http://127.0.0.1:19090", "http://127.0.0.1:13000")
STANDINS = {
    "redis": "standin/redis",
    "redis_exporter": "standin/redis_exporter",
    "prometheus": "standin/prometheus",
    "grafana": "standin/grafana",
}
STAGES = ("clean", "tag", "alert")
OURS = ("produce", *STAGES, "deliver", "monitor")
KEPT_OUT = shutil.ignore_patterns(".git", ".venv", ".tocsin", "node_modules", "__pycache__", ".*_cache", ".hypothesis")

# What differs from .env.example: other ports than a stack of this machine, a disk that is asked each time (so that
# killing Redis can lose nothing), and less patience with what is stuck.
ENV = {
    "COMPOSE_PROJECT_NAME": "tocsin-verify",
    "PAGE_PORT": "18787",
    "PROMETHEUS_PORT": "19090",
    "GRAFANA_PORT": "13000",
    "REDIS_APPENDFSYNC": "always",
    "TOCSIN_STUCK_AFTER": "PT20S",
}
RULE = """rules:
  - id: verify-islands
    title: "Verification: two islands"
    when: Iceland and Fiji
    severity: low
"""


def sh(*command: str, check: bool = True, timeout: float = 300, stdin: str | None = None) -> str:
    """Return what a command printed; raises AssertionError with its end when it fails."""
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        input=stdin,
        cwd=WORK if WORK.is_dir() else None,
    )
    if check and done.returncode:
        shown = " ".join(command)[:160]
        raise AssertionError(f"{shown}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-1500:]}")
    return done.stdout.strip()


class Compose:
    """The project's own Compose file in a copy of the checkout, with an override that swaps images only."""

    def __init__(self, *files: str) -> None:
        self.base = [part for file in files or ("docker-compose.yml",) for part in ("-f", file)]
        self.files = self.base
        self.env: dict[str, str] = {}

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command of a call of docker compose."""
        settings = [f"{name}={value}" for name, value in self.env.items()]
        return ["env", *settings, "docker", "compose", *self.files, *arguments]

    def __call__(self, *arguments: str, **options: Any) -> str:
        """Run docker compose."""
        return sh(*self.command(*arguments), **options)

    def prepare(self, *, override: dict[str, Any] | None = None) -> None:
        """Copy the checkout, write .env from the example, and generate the override."""
        shutil.rmtree(WORK, ignore_errors=True)
        shutil.copytree(ROOT, WORK, ignore=KEPT_OUT)
        example = (WORK / ".env.example").read_text()
        changed = "".join(f"{name}={value}\n" for name, value in ENV.items())
        (WORK / ".env").write_text(example + changed)
        (WORK / "watch/rules/verify.yaml").write_text(RULE)
        self.files = [*self.base]
        if os.environ.get("VERIFY_STANDINS"):
            self._swap_images()
        if override:
            (WORK / "override.json").write_text(json.dumps(override))
            self.files += ["-f", "override.json"]

    def _swap_images(self) -> None:
        dockerfile = (WORK / "deploy/Dockerfile").read_text()
        for base in re.findall(r"^ARG PYTHON_IMAGE=(\S+)", dockerfile, re.MULTILINE):
            sh("docker", "tag", "standin/python", base)
        config = json.loads(self("--profile", "*", "config", "--format", "json"))
        swapped = {}
        for name, service in config["services"].items():
            if "build" not in service:
                base = re.sub(r"[:@].*", "", service["image"].split("/")[-1])
                swapped[name] = {"image": STANDINS[base], "pull_policy": "never"}
        (WORK / "images.json").write_text(json.dumps({"services": swapped}))
        self.files += ["-f", "images.json"]

    def ids(self, service: str, *, stopped: bool = False) -> list[str]:
        """Return the containers of a service."""
        return self("ps", "-aq" if stopped else "-q", service).split()

    def redis_cli(self, *arguments: str) -> str:
        """Return what redis-cli says, asked inside the container with the container's own password."""
        quoted = " ".join("'" + argument.replace("'", "'\\''") + "'" for argument in arguments)
        script = f"REDISCLI_AUTH=$(cat /run/secrets/tocsin_redis_password) redis-cli {quoted}"
        return self("exec", "-T", "redis", "sh", "-c", script)

    def tocsin(self, *arguments: str, stdin: str | None = None, timeout: float = 600) -> str:
        """Return what the CLI prints inside the monitor's container."""
        return self("exec", "-T", "monitor", "tocsin", *arguments, stdin=stdin, timeout=timeout)

    def rung(self, rule: str = "verify-islands") -> list[dict[str, Any]]:
        """Return every event of a rule in the alert log, oldest first."""
        said = self.tocsin("tail", "--json", "--no-follow", "--from", "beginning", "--rule", rule)
        return [json.loads(line) for line in said.splitlines()]

    def status(self) -> dict[str, dict[str, Any]]:
        """Return each stage's counts as Redis keeps them, over all partitions."""
        whole: dict[str, dict[str, Any]] = {}
        for part in json.loads(self.tocsin("status", "--json"))["stages"]:
            stage = whole.setdefault(part["stage"], {"length": 0, "received": 0, "sent": 0, "dropped": {}, "died": {}})
            for name in ("length", "received", "sent"):
                stage[name] += part[name]
            for name in ("dropped", "died"):
                for reason, count in part[name].items():
                    stage[name][reason] = stage[name].get(reason, 0) + count
        return whole


def inspect(container: str, template: str) -> str:
    """Return a field of `docker inspect`."""
    return sh("docker", "inspect", "-f", template, container)


def get(url: str, *, timeout: float = 30) -> Any:
    """Return the JSON behind a URL."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return json.load(answer)


def post_page(text: str, *, content_type: str = "text/plain") -> str:
    """Push a page over HTTP; returns accepted, duplicate, or full."""
    request = urllib.request.Request(f"{PAGE}/v1/pages", text.encode(), {"Content-Type": content_type}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(json.load(answer)["outcome"])
    except urllib.error.HTTPError as error:
        if error.code in (429, 503):
            return "full"
        raise


def query(expr: str) -> list[dict[str, Any]]:
    """Return the series of an instant query to Prometheus."""
    found: list[dict[str, Any]] = get(f"{PROMETHEUS}/api/v1/query?" + urllib.parse.urlencode({"query": expr}))["data"][
        "result"
    ]
    return found


def value(expr: str) -> float | None:
    """Return the sum of an instant query, None without series or when it is not a number."""
    numbers = [float(one["value"][1]) for one in query(expr)]
    return sum(numbers) if numbers and not any(map(math.isnan, numbers)) else None


def firing() -> set[str]:
    """Return the names of the alerts that fire."""
    return {one["metric"]["alertname"] for one in query('ALERTS{alertstate="firing"}')}


def until(holds: Callable[[], Any], what: str, *, seconds: float = 60) -> Any:
    """Return the first true value; fails with what was waited for and what was seen last."""
    end, seen = time.monotonic() + seconds, None
    while True:
        try:
            seen = holds()
            if seen:
                return seen
        except (AssertionError, OSError, KeyError, ValueError) as error:
            seen = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what} (last seen: {str(seen)[-6000:]})")
        time.sleep(1)
