"""Messages as they were written once must be read for ever: schemas/golden/<message>[_of_…].v<version>.json.

After a release a golden file never changes; a new field gets a new file beside it.
"""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import schemas
from schemas import Article, CloudEvent, DeadLetter, MonitorEvent, Page, TaggedArticle
from schemas.message import Message, Part

MESSAGES: dict[str, type[Message]] = {
    "page": Page,
    "article": Article,
    "tagged_article": TaggedArticle,
    "cloud_event": CloudEvent,
    "monitor_event": MonitorEvent,
    "dead_letter": DeadLetter,
}
GOLDEN = sorted((Path(schemas.__file__).parent / "golden").glob("*.json"))


def _message_of(path: Path) -> type[Message]:
    return MESSAGES[path.name.split(".")[0].split("_of_")[0]]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_message_ever_written_can_be_read(path: Path) -> None:
    """Reading loses nothing: what is written again has every value of the golden file."""
    golden = json.loads(path.read_text(encoding="utf-8"))

    message = _message_of(path).from_json(path.read_bytes())

    again = json.loads(message.to_json())
    assert _without_additions(again, golden) == golden
    assert message.v == int(path.name.split(".v")[1].split(".")[0])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_fields_of_a_newer_sender_are_passed_over(path: Path) -> None:
    """A field nobody knows, at any depth, changes nothing of what is read. (S2)"""
    golden = json.loads(path.read_text(encoding="utf-8"))
    message = _message_of(path)

    assert message.from_json(json.dumps(_with_unknown_fields(golden))) == message.from_json(path.read_bytes())


@pytest.mark.parametrize("name", MESSAGES)
def test_every_field_stands_in_a_golden_file(name: str) -> None:
    """A field added to a message needs a golden file that has it."""
    model = MESSAGES[name]
    seen: set[str] = set()
    for path in GOLDEN:
        if _message_of(path) is model:
            seen |= _paths(json.loads(path.read_text(encoding="utf-8")))

    assert _fields(model) - seen == set()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_messages_are_plain_json_in_utf8(path: Path) -> None:
    """A client in any language reads them: one object, no escapes for letters, None left out. (S1)"""
    data = _message_of(path).from_json(path.read_bytes()).to_json()

    assert data.startswith(b"{")
    assert b"\\u00" not in data
    assert b":null" not in data


def _without_additions(found: Any, golden: Any) -> Any:
    """Return `found` with only the keys that `golden` has: a later field's default is no loss."""
    if isinstance(golden, dict) and isinstance(found, dict):
        return {key: _without_additions(found.get(key), value) for key, value in golden.items()}
    if isinstance(golden, list) and isinstance(found, list) and len(golden) == len(found):
        return [_without_additions(a, b) for a, b in zip(found, golden, strict=True)]
    return found


def _with_unknown_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {"not_invented_yet": [1, {"x": None}], **{key: _with_unknown_fields(v) for key, v in value.items()}}
    if isinstance(value, list):
        return [_with_unknown_fields(one) for one in value]
    return value


def _paths(value: Any, prefix: str = "") -> set[str]:
    if isinstance(value, dict):
        return {prefix + key for key in value} | {p for k, v in value.items() for p in _paths(v, f"{prefix}{k}.")}
    if isinstance(value, list):
        return {path for one in value for path in _paths(one, prefix)}
    return set()


def _fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        found.add(prefix + name)
        for part in _parts(field.annotation):
            found |= _fields(part, f"{prefix}{name}.")
    return found


def _parts(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for one in get_args(annotation) for part in _parts(one)]
