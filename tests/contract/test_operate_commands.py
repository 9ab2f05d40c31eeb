"""Every command of docs/operate.md, and every one that needs an engine, has a row that says who tries it.

Those that are tried here are run by tests/pages, beside every other command of the pages.
"""

import re
import shlex
import subprocess
import sys

import pytest

from deploy.verify.guide import AS_WRITTEN, HERE, NOBODY, RUNBOOKS, TRIED, commands, tried_by
from services.deliver.access import parse_tokens
from tests.contract.all_metrics import ROOT
from tests.pages.reading import PAGES, steps
from tests.pages.table import needs_engine

SHOWN = [command for page, text in PAGES.items() for step in steps(page, text) for command in step.commands]
COMMANDS = list(dict.fromkeys([*commands(PAGES["docs/operate.md"]), *filter(needs_engine, SHOWN)]))


def names(command: str) -> str:
    return command.removeprefix("docker compose exec ").split("\n", maxsplit=1)[0]


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_every_command_is_tried(command: str) -> None:
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
            tables = [(ROOT / f"deploy/verify/{file}.py").read_text() for file in ("checks", "cluster")]
            assert module == "checks" or any(f"{one}," in table or f"    {check}," in table for table in tables)


def test_loops_and_quotations_are_one_command() -> None:
    guide = "```sh\nfor a in b; do\n  c $a\ndone\npython -c \"\nimport d\nd.e('#')\"\n```\n```yaml\nno: command\n```\n"

    assert commands(guide) == ["for a in b; do\n  c $a\ndone", "python -c \"\nimport d\nd.e('#')\""]


def test_the_command_that_makes_a_token_makes_one() -> None:
    """Its line is one that the file of tokens takes."""
    [command] = [one for one in COMMANDS if one.startswith("docker compose exec deliver python -c ")]
    words = shlex.split(command.removeprefix("docker compose exec deliver "))

    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=True, cwd=ROOT)

    token, line = re.fullmatch(r"token: (\S+)\nline:  (.+)\n", done.stdout).groups()  # type: ignore[union-attr]
    assert len(token) > 30
    assert parse_tokens(line + "\n", "tokens")


def test_what_is_run_as_written_is_part_of_verify_compose() -> None:
    assert sum(AS_WRITTEN in tried_by(command) for command in COMMANDS) > 10
    assert sum(RUNBOOKS in tried_by(command) for command in COMMANDS) > 20
