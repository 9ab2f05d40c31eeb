"""The tables of table.py are closed: each row speaks of a command that a page shows, and none escapes the reading."""

import re
import subprocess
from pathlib import Path

import pytest

from deploy.verify.guide import TRIED
from tests.pages.playing import EVERY, STEPS
from tests.pages.reading import PAGES, ROOT, Step, missing, steps, unmarked
from tests.pages.session import checkout
from tests.pages.table import FILES, FOREVER, NOT_RUN, OF_ITS_OWN, SESSION, STAND_INS, NotRun, needs_engine, not_run
from tests.pages.test_every_command import unsaid

COMMANDS = {case.command for case in EVERY}


@pytest.mark.parametrize("page", PAGES)
def test_commands_stand_in_blocks_that_are_run(page: str) -> None:
    """A block of commands is marked as `sh`; one that is not would be run by nobody."""
    assert unmarked(PAGES[page]) == []


@pytest.mark.parametrize("row", NOT_RUN, ids=lambda row: row.begins[:40])
def test_every_row_speaks_of_a_command(row: NotRun) -> None:
    """A row whose command has gone from the pages goes, too; and none is hidden by another row."""
    assert [one for one in COMMANDS if not_run(one) is row]


def test_every_row_of_what_is_run_speaks_of_a_command() -> None:
    shown = "\n".join([*COMMANDS, *(step.content for step in STEPS)])

    assert [begins for begins, _ in FOREVER if not any(re.match(begins, one) for one in COMMANDS)] == []
    assert [name for name in STAND_INS if name not in shown] == []
    assert {*SESSION, *OF_ITS_OWN} - COMMANDS == set()
    assert set(FILES) <= set(PAGES)


def test_what_needs_an_engine_has_a_row_that_says_who_runs_it() -> None:
    """deploy/verify/guide.py is the table of those, and make verify-compose goes through it."""
    engine = [one for one in COMMANDS if needs_engine(one)]

    assert len(engine) > 20
    assert [one for one in engine if not any(re.match(begins, one) for begins, _ in TRIED)] == []


def test_what_ci_is_said_to_call_it_calls() -> None:
    """.ci/run has the four targets that the table leaves to it."""
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")

    assert [target for target in ("lint", "test", "docs", "quality") if f"make {target}" not in ci] == []


def test_make_run_is_tocsin_run(tmp_path: Path) -> None:
    """So the session, which is `make run`, runs both."""
    here = checkout(tmp_path / "here")

    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "run"], cwd=here, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ".venv/bin/tocsin run"


def test_what_stands_in_blocks_and_lines_is_read_in_order() -> None:
    """A heredoc, a quotation and a loop are one command; output belongs to the block above it, remarks to nobody."""
    page = (
        "Type `make run`, or a `word`:\n"
        "```sh\ncat > a <<'END'\nmake x # y\nEND\ntocsin a 'b # c'  # it's a remark\n```\n"
        "\n```text\nout\n```\n```yaml\nfile: 1\n```\n"
    )

    assert list(steps("p", page, ["f"])) == [
        Step("p", 0, ("make run",)),
        Step("p", 2, ("cat > a <<'END'\nmake x # y\nEND", "tocsin a 'b # c'"), "out\n", is_block=True),
        Step("p", 4, (), file="f", content="file: 1\n"),
    ]


def test_a_block_that_nobody_would_run_is_noticed() -> None:
    assert unmarked("```\n$ tocsin status\nfine\n```\n") == ["$ tocsin status"]


def test_output_that_does_not_come_is_noticed() -> None:
    """Lines come in their order; "…" cuts one anywhere."""
    said = "● Uranium deals  uranium-deals\n  Mali signs\n"

    assert missing("● Uranium…-deals\nMali …\n", said) == []
    assert missing("Mali signs\n● Uranium\n", said) == ["● Uranium"]


def test_an_option_that_a_benchmark_does_not_have_is_noticed() -> None:
    helps = "\n\x1ebenchmarks.soak\nusage: soak [--seconds N]\n\n\x1ebenchmarks.scale\nusage: scale [--rate N]\n"

    assert unsaid("python -m benchmarks.soak --seconds 3", helps) == []
    assert unsaid("python -m benchmarks.soak --rate 3", helps) == ["--rate"]
    assert unsaid("make bench ARGS=none_such", "one of: stage_speed") == ["none_such"]
