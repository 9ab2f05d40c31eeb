"""The tagger follows its watch folder, also when another folder takes its place; what editors drop there is no file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.tag.adapters.live_tagger import LiveTagger, on_change
from services.tag.adapters.watch_folder import read_rule_texts
from tests.wait import until

RULE = "rules:\n  - id: one\n    when: {}\n"


def actors(name: str) -> str:
    """Return an actors.yaml with one company."""
    return (
        f"actors:\n  {name.lower()}:\n    kind: company\n    name: {{en: {name} Mining}}\n    names: [{name} Mining]\n"
    )


@asynccontextmanager
async def followed(live: LiveTagger) -> AsyncIterator[None]:
    """Have the tagger follow its folder meanwhile."""
    watching = asyncio.create_task(live.watch())
    try:
        await asyncio.sleep(0.3)  # the watch begins in a thread of its own
        yield
        assert not watching.done()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def knows(live: LiveTagger, name: str) -> None:
    """Wait until an actor is known."""
    await until(lambda: f"{name} Mining" in _names(live), describe=f"{name} is known")


def _names(live: LiveTagger) -> set[str]:
    return {actor.names.get("en", "") for actor in live.tagger.catalogue.actors.values()}


async def test_another_folder_in_its_place_is_read_and_followed(tmp_path: Path) -> None:
    """As by `mv watch old && mv new watch`, or a checkout."""
    for folder, name in (("watch", "Acme"), ("new", "Bolt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "actors.yaml").write_text(actors(name))
    live = LiveTagger.open(tmp_path / "watch")

    async with followed(live):
        (tmp_path / "watch").rename(tmp_path / "old")
        (tmp_path / "new").rename(tmp_path / "watch")
        await knows(live, "Bolt")

        (tmp_path / "watch" / "actors.yaml").write_text(actors("Crux"))
        await knows(live, "Crux")


async def test_a_link_to_another_folder_is_followed(tmp_path: Path) -> None:
    """As a release is made current: `current` leads to the one folder, and then to the other."""
    for folder, name in (("one", "Acme"), ("two", "Bolt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "actors.yaml").write_text(actors(name))
    link_to(tmp_path / "current", "one")
    live = LiveTagger.open(tmp_path / "current")

    async with followed(live):
        link_to(tmp_path / "current", "two")
        await knows(live, "Bolt")


async def test_a_mounted_config_map_is_followed(tmp_path: Path) -> None:
    """Kubernetes changes where `..data` leads, at once; the files are links through it and stay what they are."""
    for folder, name in (("..1", "Acme"), ("..2", "Bolt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "actors.yaml").write_text(actors(name))
    link_to(tmp_path / "..data", "..1")
    link_to(tmp_path / "actors.yaml", "..data/actors.yaml")
    live = LiveTagger.open(tmp_path)

    async with followed(live):
        link_to(tmp_path / "..data", "..2")
        await knows(live, "Bolt")


async def test_a_folder_that_is_gone_and_comes_back_is_followed(tmp_path: Path) -> None:
    watch, away = tmp_path / "watch", tmp_path / "away"
    watch.mkdir()
    (watch / "actors.yaml").write_text(actors("Acme"))
    live = LiveTagger.open(watch)

    async with followed(live):
        watch.rename(away)
        await asyncio.sleep(0.7)
        (away / "actors.yaml").write_text(actors("Bolt"))
        away.rename(watch)
        await knows(live, "Bolt")


async def test_what_was_written_before_the_watch_began_is_read(tmp_path: Path) -> None:
    (tmp_path / "actors.yaml").write_text(actors("Acme"))
    live = LiveTagger.open(tmp_path)
    (tmp_path / "actors.yaml").write_text(actors("Bolt"))

    async with followed(live):
        await knows(live, "Bolt")


@pytest.mark.parametrize("name", ["own.yaml", "own.yml"])
async def test_rules_of_both_endings_are_read_and_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / name).write_text(RULE.format("Niger"))
    live = LiveTagger.open(tmp_path)
    assert len(live.needs) == 1

    async with followed(live):
        (tmp_path / "rules" / name).write_text(RULE.format("Mali") + "  - id: two\n    when: Chad\n")
        await until(lambda: len(live.needs) == 2, describe="the rules are read")


async def test_what_editors_and_systems_drop_is_no_rule_file(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "own.yaml").write_text(RULE.format("Niger"))
    (rules / "._own.yaml").write_bytes(b"\x00\x05\x16\x07\xff")
    (rules / ".#own.yaml").symlink_to("someone@somewhere.4711")
    (rules / ".own.yml.swp").write_text("")
    (rules / "own.yaml~").write_text("rules: []")

    assert read_rule_texts(tmp_path) == [RULE.format("Niger")]


async def test_what_is_no_file_of_ours_calls_nobody(tmp_path: Path) -> None:
    calls = []
    watching = asyncio.create_task(on_change(tmp_path, lambda: calls.append(1)))
    await asyncio.sleep(0.3)

    (tmp_path / "._actors.yaml").write_text("")
    (tmp_path / "notes.txt").write_text("")
    await asyncio.sleep(1.2)

    (tmp_path / "topics.yaml").write_text("topics: {}\n")
    await until(lambda: bool(calls), describe="a file of ours is heard of")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert calls == [1]


def link_to(link: Path, target: str) -> None:
    """Let a link lead to another place, at once."""
    fresh = link.with_name(f"{link.name}_tmp")
    fresh.symlink_to(target)
    fresh.rename(link)
