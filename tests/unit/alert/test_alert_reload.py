"""Rules are reloaded live: whole or not at all, and only what changed is parsed again."""

import asyncio
import gc
import sys
from pathlib import Path

import pytest

from services.alert.adapters.rule_files import LiveRules
from services.alert.rulebook import BadRules, parse_rules
from services.alert.tagged_article_to_alerts import matches
from tests.unit.alert.given_alerts import NAMES, a_tagged_article
from tests.wait import until

ONE = """\
groups: {near: [Mali, Chad]}
rules:
  - id: first
    when: Niger and military
    tests:
      - fires: "Niger troops."
  # a remark
  - id: second
    when: any of near and coup
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yaml").write_text(ONE)
    return tmp_path


async def test_a_changed_file_is_in_force_without_a_restart(folder: Path) -> None:
    live = LiveRules.open(folder, NAMES)
    stop = asyncio.Event()
    watching = asyncio.create_task(live.watch(stop))
    await asyncio.sleep(0)

    def rewrite_until_seen() -> bool:
        # The watcher starts in a thread of its own; what is written before it looks is not seen as a change.
        (folder / "rules" / "one.yaml").write_text(ONE.replace("Niger and", "Mali and"))
        return live.rulebook.rules["first"].when == "Mali and military"

    await until(rewrite_until_seen, describe="the changed rule is in force")
    stop.set()
    await watching

    assert [match.rule.id for match in matches(a_tagged_article("Mali troops."), live.rulebook)] == ["first"]


async def test_a_bad_file_keeps_the_last_good_rules_and_is_told(folder: Path) -> None:
    live = LiveRules.open(folder, NAMES)
    before, heard = live.rulebook, []
    live.on_reload = lambda rulebook, is_good: heard.append((rulebook.version, is_good))

    (folder / "rules" / "one.yaml").write_text(ONE.replace("Niger", "Nigr"))
    assert not await live.reload()
    assert live.rulebook is before

    (folder / "rules" / "one.yaml").write_text(ONE.replace("Niger", "Ghana"))
    assert await live.reload()
    assert heard == [(before.version, False), (live.rulebook.version, True)]


async def test_a_reload_leaves_the_collector_and_the_turns_of_threads_as_they_were(folder: Path) -> None:
    live, before = LiveRules.open(folder, NAMES), (gc.isenabled(), sys.getswitchinterval())

    (folder / "rules" / "one.yaml").write_text(ONE.replace("Niger", "Nigr"))
    assert not await live.reload()
    (folder / "rules" / "one.yaml").write_text(ONE)
    assert await live.reload()

    assert (gc.isenabled(), sys.getswitchinterval()) == before == (True, before[1])


def test_a_process_does_not_start_on_bad_rules(folder: Path) -> None:
    (folder / "rules" / "one.yaml").write_text("rules: [{id: x}]")

    with pytest.raises(BadRules):
        LiveRules.open(folder, NAMES)


def test_the_canary_rule_is_always_there(folder: Path) -> None:
    assert LiveRules.open(folder, NAMES).rulebook.canary is not None


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(ONE.replace("Niger and military", "Niger and coup"), id="a rule changed"),
        pytest.param("# on top\n\n" + ONE, id="all rules moved down"),
        pytest.param(ONE + "  - id: third\n    when: Chad\n", id="a rule more"),
        pytest.param(ONE.split("  # a", maxsplit=1)[0], id="a rule less"),
        pytest.param(ONE.replace("[Mali, Chad]", "[Mali, Ghana]"), id="a group changed"),
        pytest.param(ONE.replace("Niger troops", "Niger's troops"), id="a test changed"),
        pytest.param(ONE.replace("  - ", "- ").replace("    ", "  "), id="laid out otherwise"),
    ],
)
def test_a_reload_gives_the_same_as_a_fresh_start(edited: str) -> None:
    reloaded = parse_rules({"a.yaml": edited}, NAMES, parse_rules({"a.yaml": ONE}, NAMES))
    fresh = parse_rules({"a.yaml": edited}, NAMES)

    assert reloaded.version == fresh.version
    assert reloaded.rules == fresh.rules
    for old, new in zip(reloaded.rules.values(), fresh.rules.values(), strict=True):
        assert (old.line, old.tests, old.version) == (new.line, new.tests, new.version)
    article = a_tagged_article("Ghana had a coup. Niger has troops.")
    assert [one.rule.id for one in matches(article, reloaded)] == [one.rule.id for one in matches(article, fresh)]
