"""Every command of docs/operate.md is tried: here, or by a check of verify-compose, or the table says why by nobody."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.verify.guide import AS_WRITTEN, HERE, NOBODY, TRIED, commands, tried_by
from runtime.settings import RuntimeSettings
from services.deliver.access import parse_tokens
from tests.contract.all_metrics import ROOT

GUIDE = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
COMMANDS = commands(GUIDE)
TOCSIN = "docker compose exec monitor tocsin "
RUN_HERE = sorted({command for command in COMMANDS if HERE in tried_by(command)})


def names(command: str) -> str:
    return command.removeprefix("docker compose exec ").split("\n", maxsplit=1)[0]


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_every_command_of_the_guide_is_tried(command: str) -> None:
    """A command that is shown and not run by anybody rots; a new one needs a row in deploy/verify/guide.py."""
    tried_by(command)


def test_a_command_that_nobody_tries_would_be_noticed() -> None:
    [new] = commands("```sh\ndocker compose exec redis redis-cli FLUSHALL  # all of it\n```\n")

    assert new == "docker compose exec redis redis-cli FLUSHALL"
    with pytest.raises(KeyError):
        tried_by(new)


@pytest.mark.parametrize(("begins", "who"), TRIED, ids=[begins for begins, _ in TRIED])
def test_every_row_speaks_of_a_command_and_of_who_is_there(begins: str, who: str) -> None:
    """A check or file that a row names exists, and a row whose command has gone goes, too."""
    assert any(re.match(begins, command) for command in COMMANDS)
    if who.startswith(NOBODY):
        return
    for one in who.split():
        if one.startswith("tests/"):
            assert (ROOT / one).is_file()
        elif one != HERE:
            module, _, check = one.partition(".")
            assert re.search(rf"^def {check}\(", (ROOT / f"deploy/verify/{module}.py").read_text(), re.MULTILINE)
            assert module == "checks" or f"{one}," in (ROOT / "deploy/verify/checks.py").read_text()


def test_loops_and_quotations_are_one_command() -> None:
    guide = "```sh\nfor a in b; do\n  c $a\ndone\npython -c \"\nimport d\nd.e('#')\"\n```\n```yaml\nno: command\n```\n"

    assert commands(guide) == ["for a in b; do\n  c $a\ndone", "python -c \"\nimport d\nd.e('#')\""]


@pytest.mark.parametrize("command", [one for one in RUN_HERE if one.startswith(TOCSIN)], ids=names)
def test_a_command_of_the_monitor_runs(command: str, redis: Any, settings: RuntimeSettings) -> None:
    """What the guide runs in the monitor's container ends well on a server where nothing has happened yet."""
    assert settings.redis_url
    known = {"TOCSIN_REDIS_URL": settings.redis_url.get_secret_value(), "TOCSIN_STREAM_PREFIX": settings.stream_prefix}

    done = subprocess.run(
        [Path(sys.executable).parent / "tocsin", *shlex.split(command.removeprefix(TOCSIN))],
        env={**os.environ, **known}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout or "tail" in command


def test_the_command_that_makes_a_token_makes_one() -> None:
    """Its line is one that the file of tokens takes."""
    [command] = [one for one in RUN_HERE if not one.startswith(TOCSIN)]
    words = shlex.split(command.removeprefix("docker compose exec deliver "))

    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=True, cwd=ROOT)

    token, line = re.fullmatch(r"token: (\S+)\nline:  (.+)\n", done.stdout).groups()  # type: ignore[union-attr]
    assert len(token) > 30
    assert parse_tokens(line + "\n", "tokens")


def test_what_is_run_as_written_is_part_of_verify_compose() -> None:
    assert sum(AS_WRITTEN in tried_by(command) for command in COMMANDS) > 10
