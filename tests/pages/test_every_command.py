"""Every command of every page is run as it is written, in the order of its page; or table.py says why not."""

import re
import shutil

import pytest

from tests.pages.playing import CASES, EVERY, MARK, Case, Played
from tests.pages.reading import PAGES, missing
from tests.pages.table import short_form

NOT_EVERYWHERE = ("node", "java", "curl")


def unsaid(command: str, said: str) -> list[str]:
    """Return what a command that is not run asks for and its short form does not know: options, tables."""
    if short_form(command).startswith(("make -n", "python -m pip", "ls ")):
        return []
    if module := re.match(r"python -m (benchmarks\.\S+)", command):
        said = next(part for part in said.split(MARK) if part.startswith(f"{module[1]}\nusage:"))
    words = re.findall(r"(?<= )--[a-z][\w-]+|(?<=[ =\"])[a-z_]+(?=[ \"]|$)", command)
    return [word for word in words if word not in said and word not in short_form(command)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.step.page}: {case.command.splitlines()[0][:60]}")
def test_a_command_does_what_its_page_says(case: Case, played: Played) -> None:
    """It ends well, and says what the page shows below it; what goes on says what it is for."""
    program = case.command.split()[0]
    if program in NOT_EVERYWHERE and shutil.which(program) is None:
        pytest.skip(f"not run: {program} is not installed")

    said = played.of(case)

    assert said.code == 0, f"{case.command}\n{said.text}"
    assert "does not provide the extra" not in said.text  # pip only warns
    assert not short_form(case.command) or unsaid(case.command, said.text) == []
    if case.at == len(case.step.commands) - 1:
        assert missing(case.step.output, said.text) == [], said.text


def said_by(played: Played, begins: str) -> str:
    """Return what the command of the README that begins so has said."""
    [case] = [case for case in EVERY if case.step.page == "README.md" and case.command.startswith(begins)]
    return played.of(case).text


def test_the_five_minutes_do_what_they_say(played: Played) -> None:
    """What the README tells beside its blocks comes out, too: kept and dropped, ringing once, silent with a reason."""
    assert "+ Mali signed an agreement" in said_by(played, "tocsin clean --explain mine/pages/one.txt")
    assert "- Nigeria raises fuel prices again" in said_by(played, "tocsin clean --explain mine/pages/one.txt")
    assert "+ RUS “Russian” (demonym)" in said_by(played, "tocsin tag --explain mine/pages/one.txt")
    assert "no mistakes" in said_by(played, "tocsin rules check mine/rules/uranium.yaml")
    assert "2 passed, 0 failed" in said_by(played, "tocsin rules test --watch mine")
    assert said_by(played, "tocsin run --once --watch mine").count("uranium-deals") == 1
    assert "uranium-deals does not ring" in said_by(played, "tocsin rules explain uranium-deals")
    assert said_by(played, "tocsin match --watch mine") == ""
    alerts = played.session.folder("README.md") / "mine/alerts.jsonl"
    assert alerts.read_text(encoding="utf-8").count("uranium-deals") >= 1


def test_the_figures_of_the_blind_sets_are_those_of_today(played: Played) -> None:
    """The last column of the table in docs/actors.md is what the command above it prints."""
    [case] = [case for case in EVERY if case.command == "python -m benchmarks.tag_blind round1_en"]
    shown = re.findall(r"^\| round .* ([\d.]+) % \|$", PAGES["docs/actors.md"], re.MULTILINE)

    printed = re.findall(r"^\| round\d_(?:en|fr) \| (0\.\d+) \|$", played.of(case).text, re.MULTILINE)

    assert shown == [f"{float(share) * 100:.1f}" for share in printed] != []
