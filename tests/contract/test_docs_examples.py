"""What the documents show is real: messages, commands and files are tried, or held against the code that reads them."""

import importlib.util
import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from services.cli.app import build
from services.deliver.channels import CHANNELS
from services.deliver.subscriptions import parse_subscriptions
from services.desk.desk import open_desk
from services.desk.simulation import Simulation
from services.produce.bytes_to_page import bytes_to_page
from services.produce.source_registry import parse_sources
from services.produce.sources import SOURCES
from services.tag.actors_file import parse_actors
from services.tag.mistakes import Mistakes
from services.tag.topics_file import parse_topics

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "deploy").rglob("*.md"),
    ROOT / "examples/README.md",
]
SHOWN = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
PUSHED_AT = datetime(2024, 1, 18, tzinfo=UTC)


def _blocks(kind: str, *documents: str) -> list[str]:
    chosen = [SHOWN[ROOT / name] for name in documents] or list(SHOWN.values())
    return [body for text in chosen for found, body in BLOCK.findall(text) if found == kind]


def _messages() -> list[dict[str, Any]]:
    """The four messages of the second seed's way, as the streams carry them."""
    desk = open_desk()
    raw = (ROOT / "seeds/002_62f4774eb39e6342.txt").read_bytes()
    page = bytes_to_page(raw, fetched_at=PUSHED_AT, pushed_at=PUSHED_AT)
    tagged = desk.read(page)
    outcomes = Simulation(desk.rulebook).read(tagged, PUSHED_AT)
    event = next(one.event for one in outcomes if one.event and one.event.source == "/rules/niger-russia-military")
    return [json.loads(message.model_dump_json()) for message in (page, tagged.article, tagged, event)]


def _differs(shown: Any, real: Any, at: str = "") -> Iterator[str]:
    """Yield where `shown` says what `real` does not; "…" ends what is shown of a text, and lists may be shorter."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            yield from _differs(value, real.get(name), f"{at}.{name}") if isinstance(real, dict) else [at]
    elif isinstance(shown, list):
        for number, value in enumerate(shown):
            if all(any(_differs(value, one)) for one in real or []):
                yield f"{at}[{number}]"
    elif isinstance(shown, str) and shown.endswith("…"):
        if not str(real).startswith(shown[:-1]):
            yield f"{at}: {real}"
    elif shown != real:
        yield f"{at}: {real}"


def test_the_messages_in_the_architecture_are_what_flows() -> None:
    """docs/architecture.md shows the messages of the second seed, in the order of its way."""
    shown = [json.loads(block) for block in _blocks("json", "docs/architecture.md")]

    assert len(shown) == 4
    for some, real in zip(shown, _messages(), strict=True):
        assert list(_differs(some, real)) == []


def test_a_message_that_is_not_what_flows_would_be_noticed() -> None:
    page = _messages()[0]

    assert list(_differs({"source": {"id": "pull"}}, page)) == [".source.id: push"]
    assert list(_differs({"body": "By using that…"}, page)) != []


def _commands() -> Iterator[tuple[str, str]]:
    """Every `tocsin …` that a document shows, in a block or in a line."""
    for path, text in SHOWN.items():
        name = str(path.relative_to(ROOT))
        blocks = [
            line for kind, body in BLOCK.findall(text) if kind in ("", "sh", "bash") for line in body.splitlines()
        ]
        spans = re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))
        for line in [*blocks, *spans]:
            if found := re.match(r"(?:\$ )?(?:\.venv/bin/)?tocsin ([a-z].*)", line.strip()):
                yield name, found[1]


def _complaint(command: str, given: Any) -> str | None:
    """Return what the command line would not understand in `command`; `a|b` names several subcommands."""
    words = shlex.split(re.split(r"\s{2,}|\s#|>|\s\| |&& ", command)[0].strip("\\ ").replace("[", "").replace("]", ""))
    while words and (known := getattr(given, "commands", None)) and not words[0].startswith("-"):
        names, words = words[0].split("|"), words[1:]
        if unknown := [name for name in names if name not in known]:
            return f"no subcommand {unknown[0]!r}"
        if len(names) > 1:
            return None  # options of several are not shown at once
        given = known[names[0]]
    options = {option for one in given.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in options]
    return f"no option {unknown[0]}" if unknown else None


def test_every_command_shown_is_understood() -> None:
    """Each `tocsin …` in a document names a subcommand that is there, with options it has."""
    group = typer.main.get_command(build())
    shown = list(_commands())

    complaints = {f"{name}: tocsin {command}": why for name, command in shown if (why := _complaint(command, group))}

    assert len(shown) > 40
    assert complaints == {}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("run --now", "no option --now"),
        ("rules guess", "no subcommand 'guess'"),
        ("clean|shine", "no subcommand 'shine'"),
    ],
)
def test_a_command_that_is_not_there_would_be_noticed(command: str, why: str) -> None:
    assert _complaint(command, typer.main.get_command(build())) == why


def test_every_make_target_shown_is_there() -> None:
    """`make …` in any document names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {name for text in SHOWN.values() for name in re.findall(r"(?:^|`)make ([a-z0-9-]+)", text, re.MULTILINE)}

    assert shown
    assert shown - targets == set()


def test_every_module_shown_is_there() -> None:
    """`python -m …` in any document names a module of the project or of what it runs on."""
    shown = {name for text in SHOWN.values() for name in re.findall(r"python -m ([\w.]+)", text)}

    assert shown
    assert [name for name in sorted(shown) if importlib.util.find_spec(name) is None] == []


def test_the_actors_and_topics_shown_can_be_read() -> None:
    """The files in docs/actors.md are taken without a mistake."""
    mistakes = Mistakes()
    actors, topics = _blocks("yaml", "docs/actors.md")

    parse_actors(actors, "docs/actors.md", mistakes)
    parse_topics(topics, "docs/actors.md", mistakes)

    assert mistakes.found == []


def test_the_sources_shown_can_be_read() -> None:
    """The file in docs/sources.md is taken without a mistake."""
    [sources] = _blocks("yaml", "docs/sources.md")

    assert parse_sources(sources, file="docs/sources.md", kinds=SOURCES)


def test_the_subscriptions_shown_can_be_read() -> None:
    """The entries in docs/subscribe.md are taken without a mistake."""
    rows = _blocks("yaml", "docs/subscribe.md")

    kept = {"env:NEWSROOM_SECRET": f"whsec_{'A' * 32}", "env:DESK_CHAT_URL": "slack://a/b/c"}

    taken = parse_subscriptions("".join(rows), "docs/subscribe.md", lambda name: kept.get(name, name), CHANNELS)

    assert [one.id for one in taken] == ["newsroom", "desk", "by-rule", "grave"]


@pytest.mark.parametrize("program", ["redis_group.mjs", "redis_group.go", "RedisGroup.java"])
def test_what_is_shown_of_an_example_is_what_is_run(program: str) -> None:
    """docs/subscribe.md shows the part of each program between its marks, word for word."""
    text = (ROOT / "examples" / program).read_text(encoding="utf-8")
    part = re.search(r"docs: from here on\n(.*)\n[^\n]*docs: up to here", text, re.DOTALL)

    assert part is not None
    assert textwrap.dedent(part[1]) in SHOWN[ROOT / "docs" / "subscribe.md"]


def test_every_json_and_yaml_shown_is_well_formed() -> None:
    """What is shown as JSON or YAML can be read as that."""
    for block in _blocks("json"):
        json.loads(block)
    for block in _blocks("yaml"):
        yaml.safe_load(block)
