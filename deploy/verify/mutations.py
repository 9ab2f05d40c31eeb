"""Breaks the stack on purpose, one thing at a time, and shows that the checks notice: `run.sh --mutations`.

A mutation is caught when the named check fails with the named words; a check that fails for another reason has noticed
nothing.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from deploy.verify import standing, trouble
from deploy.verify.lab import ROOT, WORK, Compose

PACKAGES = "/opt/venv/lib/python3.11/site-packages"


@dataclass(frozen=True)
class Mutation:
    """One thing broken, and the check that must notice it."""

    name: str
    change: Callable[[Compose], None]
    check: Callable[[Compose], None]
    says: str  # words that the failure must hold


def edit(name: str, old: str, new: str) -> Callable[[Compose], None]:
    """Return a change of one file of the copied checkout."""

    def change(_: Compose) -> None:
        file = WORK / name
        text = file.read_text()
        assert old in text, f"{name} holds no {old!r}"
        file.write_text(text.replace(old, new))

    return change


def override(services: dict[str, object]) -> Callable[[Compose], None]:
    """Return a change by one more Compose file."""

    def change(compose: Compose) -> None:
        (WORK / "mutation.json").write_text(json.dumps({"services": services}))
        compose.files += ["-f", "mutation.json"]

    return change


def code(module: str, old: str, new: str, *services: str) -> Callable[[Compose], None]:
    """Return a change of the program itself: a patched file mounted over the one in the image."""

    def change(compose: Compose) -> None:
        text = (ROOT / module).read_text()
        assert old in text, f"{module} holds no {old!r}"
        (WORK / "mutated").write_text(text.replace(old, new))
        mount = f"./mutated:{PACKAGES}/{module}:ro"
        override({service: {"volumes": [mount]} for service in services})(compose)

    return change


def closed_but_open(compose: Compose) -> None:
    """Make the internal network an ordinary one."""
    edit("docker-compose.yml", "internal: true", "internal: false")(compose)


HEALTH = 'test: ["CMD", "python", "-m", "runtime.health", "--end-after", "5"]'
READ = "            found = await read(*args, **options)\n"
MUTATIONS = (
    Mutation(
        "a healthcheck with curl, which the image lacks",
        edit("docker-compose.yml", HEALTH, 'test: ["CMD", "curl", "-f", "http://127.0.0.1:9400/livez"]'),
        standing.is_up,
        "unhealthy",
    ),
    Mutation(
        "a misspelt metric in a panel",
        edit("deploy/grafana/dashboards/overview.json", "tocsin_dead_letters", "tocsin_dead_leters"),
        standing.every_panel_has_data,
        "tocsin_dead_leters",
    ),
    Mutation(
        "a misspelt metric in a rule",
        edit("deploy/prometheus/rules/alerts.yml", "tocsin_silences", "tocsin_silence"),
        standing.every_rule_is_alive,
        "'TocsinSilence': {'tocsin_silence'}",
    ),
    Mutation(
        "a root that can be written",
        override({"tag": {"read_only": False}}),
        standing.is_hardened,
        "can write its root",
    ),
    Mutation(
        "a published Redis",
        override({"redis": {"ports": ["127.0.0.1:16379:6379"]}}),
        standing.only_pages_are_published,
        "16379",
    ),
    Mutation("a backend that is not internal", closed_but_open, standing.the_backend_is_closed, "reaches"),
    Mutation(
        "a stage that runs as root with all capabilities",
        edit("docker-compose.yml", 'user: "10001:10001"', 'user: "0:0"'),
        standing.is_hardened,
        "runs as root",
    ),
    Mutation(
        "a lost consumer group that is made again at the end",  # what was written meanwhile is never read
        code("runtime/scripts/ensure_group.lua", "'0', 'MKSTREAM'", "'$', 'MKSTREAM'", "clean", "tag", "alert"),
        trouble.survives_a_lost_group,
        "the pipeline is empty",
    ),
    Mutation(
        "a stage that stops reading",
        code("runtime/reading.py", READ, "            await asyncio.sleep(3600)\n" + READ, "tag"),
        standing.seeds_ring,
        "ring once each",
    ),
    Mutation(
        "a canary that subscribers see",
        code("services/alert/tagged_article_to_alerts.py", "if tagged.article.canary:", "if False:", "alert"),
        standing.nothing_is_wrong,
        "canar",  # it does not come out where it should, or it is seen where it should not
    ),
)


def caught(mutation: Mutation) -> str:
    """Return "" when the mutation was caught for the right reason, else what happened."""
    compose = Compose()
    compose.prepare()
    compose("down", "-v", "--remove-orphans", "--timeout", "3", check=False)
    mutation.change(compose)
    try:
        if mutation.check is not standing.is_up:
            standing.is_up(compose)
        mutation.check(compose)
    except AssertionError as error:
        return "" if re.search(mutation.says, str(error)) else f"failed for another reason: {str(error)[-500:]}"
    return "nobody noticed"


def main() -> int:
    """Return 0 when every mutation is caught."""
    only = os.environ.get("VERIFY_ONLY", "")
    missed = 0
    compose = Compose()
    compose.prepare()
    compose("build", "--quiet", "clean", timeout=1200)
    for mutation in MUTATIONS:
        if only and not re.search(only, mutation.name):
            continue
        began = time.monotonic()
        why = caught(mutation)
        missed += bool(why)
        print(f"{'MISSED' if why else 'caught'}  {mutation.name} ({time.monotonic() - began:.0f} s) {why}", flush=True)
    Compose()("down", "-v", "--remove-orphans", "--timeout", "3", check=False)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
