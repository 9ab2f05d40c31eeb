"""Rules are reloaded live: whole or not at all, and only what changed is parsed again."""

import asyncio
import gc
import sys
from pathlib import Path
from typing import Any

import pytest

from services.alert.adapters import rule_files, turns
from services.alert.adapters.rule_files import LiveRules
from services.alert.rulebook import BadRules, Rulebook, parse_rules
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


def test_matching_gives_way_while_rules_are_read_and_only_then(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading has most of the interpreter then, instead of half; each message is late by milliseconds."""
    live, waits = LiveRules.open(folder, NAMES), []
    handle = live.turns.before(lambda data: data.upper())
    monkeypatch.setattr(turns, "sleep", waits.append)
    parse = rule_files.parse_rules

    def parse_beside(*given: Any) -> Rulebook:
        assert handle(b"while") == b"WHILE"
        return parse(*given)

    monkeypatch.setattr(rule_files, "parse_rules", parse_beside)
    (folder / "rules" / "one.yaml").write_text(ONE.replace("Niger", "Nigr"))
    assert not asyncio.run(live.reload())
    assert (handle(b"after"), waits) == (b"AFTER", [turns.GIVE_WAY_SECONDS])


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
        pytest.param(ONE + '"groups": {near: [Ghana]}\n', id="groups behind the rules"),
        pytest.param("# a\n" * 40 + ONE.replace("second", "other"), id="a rule changed further down"),
    ],
)
def test_a_reload_gives_the_same_as_a_fresh_start(edited: str) -> None:
    def parsed(text: str, previous: Rulebook | None = None) -> Rulebook | str:
        try:
            return parse_rules({"a.yaml": text}, NAMES, previous)
        except BadRules as error:
            return str(error)

    before = parse_rules({"a.yaml": ONE}, NAMES)
    reloaded, fresh = parsed(edited, before), parsed(edited)
    if isinstance(fresh, str):
        assert reloaded == fresh
        return
    assert isinstance(reloaded, Rulebook)

    assert reloaded.version == fresh.version
    assert reloaded.rules == fresh.rules
    for old, new in zip(reloaded.rules.values(), fresh.rules.values(), strict=True):
        assert (old.line, old.tests, old.version) == (new.line, new.tests, new.version)
    article = a_tagged_article("Ghana had a coup. Niger has troops.")
    assert [one.rule.id for one in matches(article, reloaded)] == [one.rule.id for one in matches(article, fresh)]


SHARED = """\
rules:
  - {id: first, when: Niger, where: &young {languages: [en]}, title: first}
  - {id: second, when: Mali, where: *young, title: second}
"""


def test_a_rule_that_refers_to_another_changes_with_it() -> None:
    before = parse_rules({"a.yaml": SHARED}, NAMES)

    after = parse_rules({"a.yaml": SHARED.replace("[en]", "[fr]")}, NAMES, before)

    assert after.rules["second"].where.languages == {"fr"}


@pytest.mark.parametrize("count", [1, 3, 60])
def test_mistakes_of_a_large_file_stand_where_they_are(count: int) -> None:
    """A file is parsed a few rules at a time; the places of mistakes are those of the file."""
    rules = "".join(
        f"\n  - id: r{n}\n    # why\n    when: Niger and {'Nigr' if n % 2 else 'Mali'}\n" for n in range(count)
    )
    text = "# head\ngroups: {near: [Mali, Chd]}\nrules:\n" + rules + "  - id: R\n    wen: Niger\n"

    with pytest.raises(BadRules) as caught:
        parse_rules({"a.yaml": text}, NAMES)

    lines = text.splitlines()
    told = [(one.line, one.message.split(";")[0], one.source) for one in caught.value.problems]
    assert [line for line, message, _ in told if "Nigr" in message] == [
        n for n, line in enumerate(lines, 1) if "Nigr" in line
    ]
    assert [(line, message) for line, message, _ in told if "Nigr" not in message] == [
        (2, "'Chd' is no known actor, topic or group"),
        (len(lines) - 1, "a rule needs 'when' (or 'weights')"),
        (len(lines) - 1, "an id is lower-case letters, digits and hyphens, at most 64"),
        (len(lines), "a rule has no 'wen'"),
    ]
    assert all(source == lines[line - 1] for line, _, source in told)


async def test_another_folder_in_its_place_is_read_and_watched(folder: Path) -> None:
    """As by `mv rules old && mv new rules`, or a checkout: who watches a folder watches the one that was moved away."""
    live, stop = LiveRules.open(folder, NAMES), asyncio.Event()
    watching = asyncio.create_task(live.watch(stop))
    await asyncio.sleep(0)
    (folder / "new").mkdir()
    (folder / "new" / "one.yaml").write_text(ONE.replace("Niger and", "Mali and"))
    (folder / "rules").rename(folder / "old")
    (folder / "new").rename(folder / "rules")
    await until(lambda: live.rulebook.rules["first"].when == "Mali and military", describe="the new folder is read")

    (folder / "rules" / "one.yaml").write_text(ONE.replace("Niger and", "Chad and"))
    await until(lambda: live.rulebook.rules["first"].when == "Chad and military", describe="the new folder is watched")
    stop.set()
    await watching


async def test_a_folder_that_is_gone_changes_nothing(folder: Path) -> None:
    """The rules that come with Tocsin do not ring in its place."""
    live, heard = LiveRules.open(folder, NAMES), []
    live.on_reload = lambda rulebook, is_good: heard.append((set(rulebook.rules), is_good))

    (folder / "rules").rename(folder / "old")
    assert not await live.reload()
    (folder / "old").rename(folder / "rules")
    assert await live.reload()

    assert heard == [({"first", "second", "canary"}, False), ({"first", "second", "canary"}, True)]


async def test_what_editors_and_systems_drop_blocks_no_reload(folder: Path) -> None:
    """The other halves of files on foreign disks, locks of editors, what they swap and keep."""
    live, rules = LiveRules.open(folder, NAMES), folder / "rules"
    (rules / "._one.yaml").write_bytes(b"\x00\x05\x16\x07\xff")
    (rules / ".#one.yaml").symlink_to("someone@somewhere.4711")
    (rules / ".one.yml").write_text("rules: [")
    (rules / "one.yaml~").write_text("rules: [")

    (rules / "one.yaml").write_text(ONE.replace("Niger and", "Mali and"))
    assert await live.reload()

    assert live.rulebook.rules["first"].when == "Mali and military"


async def test_rules_of_both_endings_ring(folder: Path) -> None:
    (folder / "rules" / "two.yml").write_text("rules:\n  - {id: third, when: Chad}\n")

    assert {"first", "second", "third"} < LiveRules.open(folder, NAMES).rulebook.rules.keys()


async def test_a_mounted_config_map_is_read_and_watched(folder: Path) -> None:
    """Kubernetes changes where `..data` leads, at once; the files are links through it and stay what they are."""
    rules = folder / "rules"
    (rules / "one.yaml").unlink()
    for version, name in (("..1", "Niger"), ("..2", "Mali")):
        (rules / version).mkdir()
        (rules / version / "one.yaml").write_text(ONE.replace("Niger and", f"{name} and"))
    (rules / "..data").symlink_to("..1")
    (rules / "one.yaml").symlink_to("..data/one.yaml")
    live, stop = LiveRules.open(folder, NAMES), asyncio.Event()
    watching = asyncio.create_task(live.watch(stop))
    await asyncio.sleep(0)

    (rules / "..data_tmp").symlink_to("..2")
    (rules / "..data_tmp").rename(rules / "..data")
    await until(lambda: live.rulebook.rules["first"].when == "Mali and military", describe="the new files are read")
    stop.set()
    await watching
