"""How the commands of the pages are tried: which do not end, which are written with stand-ins, and which are not run.

`NOT_RUN` is closed: whatever stands in no row is run as it is written, and a row without a command fails.
What needs an engine or a cluster has its row in deploy/verify/guide.py, which `make verify-compose` goes through.
"""

import re
from typing import NamedTuple

# Files of which a page shows what is in them: one for each of its yaml blocks.
FILES = {
    "docs/actors.md": ("watch/actors.yaml", "watch/topics.yaml"),
    "docs/sources.md": ("watch/sources.yaml",),
}

# What the whole session is: `make run` with a port of its own; tests/pages/session.py starts it.
SESSION = ("make run", "tocsin run")

# What is told where its server is.
OF_ITS_OWN = {
    "python -m runtime.monitor": {"TOCSIN_REDIS_URL": "redis://127.0.0.1:6379/0"},
}

# What goes on until Ctrl-C, and what it must have said by then.
FOREVER: tuple[tuple[str, str], ...] = (
    (r"tocsin tail$", "  niger-russia-military"),
    (r"tocsin subscribe --sse ", "  niger-russia-military"),
    (r"tocsin subscribe --webhook-test$", r"secrets: \[whsec_.*[^$]*allows it"),
    (r"curl -N ", r"id: \d+"),
    (r"python examples/redis_group.py ", "^al_.* niger-russia-military "),
    (r"node examples/redis_group.mjs ", "^al_.* tocsin.alert.opened"),
    (r"(node|java) examples/[Ss]ubscriber", "Niger"),
    (r"WEBHOOK_SECRET=.* python examples/slack_bot.py", r"listening on \d+"),
    (r"python -m runtime.monitor$", "monitor started"),
)

# What a page writes where a reader puts his own, and what the session has there.
STAND_INS = {
    # Two readers of one group share what there is.
    "mjs redis://127.0.0.1:6379/0 my-group": "mjs {redis} another-group",
    "http://127.0.0.1:8787": "{url}",
    "redis://127.0.0.1:6379/0": "{redis}",
    "https://hooks.example.org/tocsin": "{bot}",
    "WEBHOOK_SECRET=whsec_… SLACK_URL=https://…": "WEBHOOK_SECRET=$HOOK SLACK_URL={site}/chat",
    "slack_bot.py 9000": "slack_bot.py 0",  # any free port
    "https://www.studiokalangou.org/feed": "{site}/feed",
    "probe example.org": "probe {site}",
    "probe URL": "probe {site}/story",
    "show ID": "show {dead}",
    "PATH…": "seeds",
    "explain RULE PAGE": "explain niger-russia-military seeds/002_62f4774eb39e6342.txt",
    "ALERT.json PAGE": "ALERT.json seeds/002_62f4774eb39e6342.txt",
    "find NAME": "find wagner",
    "explain FILE": "explain page.txt",
    "SOURCE-ID": "herald",
}


class NotRun(NamedTuple):
    """Commands that are not run as they stand, why, and what is run in their place (a replacement; "": nothing)."""

    begins: str
    why: str
    instead: str = ""


NOT_RUN: tuple[NotRun, ...] = (
    NotRun(r"make ((lint|test|docs|quality)\b.*)", "CI: .ci/run calls it", r"make -n \1"),
    NotRun(r"make (run ARGS=--once)", "tests/acceptance/test_first_run.py is this", r"make -n \1"),
    NotRun(r"make bench.*", "minutes, and a quiet machine", "make bench ARGS=--help"),
    NotRun(r"make (chaos)", "minutes of kills; tests/chaos is their short form", r"make -n \1"),
    NotRun(r"make (mutation.*)", "hours", r"make -n \1"),
    NotRun(r"make (browser)", "needs a Chromium; .ci/browser calls it", r"make -n \1"),
    NotRun(r"make (licences|sbom)\b", "writes into the checkout what a release carries", r"make -n \1"),
    NotRun(r"make (setup|audit|lock|dist|verify-wheels|verify-contracts)\b", "asks package indexes", r"make -n \1"),
    NotRun(r"make (verify-(compose|prometheus|arm64))", "needs an engine, or promtool", r"make -n \1"),
    NotRun(r"python -m benchmarks\.(?!tag_blind).*", "minutes, or data not here", "python -m tests.pages.helps"),
    NotRun(r"(?:python -m )?pytest (?:--long )?(\S+)( --long)?", "minutes; its short form is a part of this", r"ls \1"),
    NotRun(
        r"make (peers)",
        "asks a package index",
        r"make -n \1 && python -m pip install --dry-run --no-index --no-deps --no-build-isolation -e '.[bench]'",
    ),
    NotRun(r"(pip|apt-get) install ", "asks a package index"),
    NotRun(r"python -c .import socket", "asks for a name on the internet"),
    NotRun(r"python -m runtime.health", "asks the process of its own container", r"\g<0> --help"),
    NotRun(r"python deploy/verify/kubernetes.py", "needs kubectl, and a package with the schemas", r"\g<0> --help"),
    NotRun(
        r"tocsin (actors( show)?|clean --jsonl|dead( retry)?|feedback|push|rules( explain)?|silences forget|sources"
        r"|subscribe|tag --explain)$",
        "a name, without what it needs",
        r"\g<0> --help",
    ),
    NotRun(r"git tag ", "makes a release"),
    NotRun(r"\.ci/run", "is what runs these tests"),
)

IN_A_CONTAINER = re.compile(r"docker compose exec (-T )?\w+ (?=tocsin |python )")


def typed(command: str) -> str:
    """Return what is run here of a command: of `docker compose exec` what the container runs."""
    return IN_A_CONTAINER.sub("", command)


def short_form(command: str) -> str:
    """Return what is run in place of a command that has a row in NOT_RUN; "" for nothing."""
    row = not_run(command)
    return re.sub(row.begins, row.instead, command) if row and row.instead else ""


def not_run(command: str) -> NotRun | None:
    """Return the row of a command that is not run as it stands."""
    return next((row for row in NOT_RUN if re.match(row.begins, command)), None)


def says(command: str) -> str | None:
    """Return what a command that does not end must say before it is ended; None for one that ends."""
    return next((said for begins, said in FOREVER if re.match(begins, command)), None)


def needs_engine(command: str) -> bool:
    """Return whether a command is for an engine, a cluster or their tools: deploy/verify/guide.py says who tries it."""
    return re.search(r"^(docker|kubectl|redis-cli|promtool) |\n +docker ", command) is not None
