"""The contracts are made from the code, stand in the repository as made, and what was ever written fits them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schemas
from runtime.silence import Change, event_of
from schemas import streams
from services.deliver.adapters.contracts import FOLDER, as_text, documents
from services.deliver.contract_page import contract_page
from services.deliver.contracts import MESSAGES, asyncapi, json_schema
from services.deliver.facts import to_entry
from services.deliver.frames import Gap, gap_frame
from tests.given import NOON
from tests.unit.deliver.build import an_event

GOLDEN = sorted((Path(schemas.__file__).parent / "golden").glob("*.json"))
DOCUMENTS = documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_contract_in_the_repository_is_the_one_of_the_code(name: str) -> None:
    """When this fails: python -m services.deliver.adapters.contracts, and look at the difference."""
    assert (FOLDER / name).read_text(encoding="utf-8") == as_text(DOCUMENTS[name])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_message_ever_written_fits_the_schema_of_today(path: Path) -> None:
    """A field that is renamed, removed or newly required breaks subscribers, and this test."""
    name = path.name.split(".")[0].split("_of_")[0]

    jsonschema.validate(
        json.loads(path.read_text(encoding="utf-8")), json_schema(name), cls=jsonschema.Draft202012Validator
    )


def test_what_is_really_sent_fits_its_schema() -> None:
    """The event as it leaves deliver, and the gap."""
    entry = to_entry("1767268800000-5", an_event(1).to_json())
    assert entry is not None

    jsonschema.validate(json.loads(entry.data), json_schema("cloud_event"))
    gap = gap_frame(Gap(asked_for="1", first_retained=None, reason="ahead"), now=NOON)
    jsonschema.validate(json.loads(gap.partition(b"data: ")[2]), json_schema("gap_event"))
    silence = event_of(Change("source", "herald", "began", NOON.timestamp(), 7200, 1e-7), NOON)
    jsonschema.validate(silence, json_schema("monitor_event"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(entry.data), "specversion": "2.0"}, json_schema("cloud_event"))


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    """Channels, messages and schemas are found where they are said to be."""
    document = asyncapi()

    found = list(_references(document))

    assert len(found) > 20
    for reference in found:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for one in node.values():
            yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)


def test_the_asyncapi_document_names_the_streams_as_they_are() -> None:
    """The addresses are the keys that the code uses."""
    addresses = {one["address"].replace(":p0:", ":{p0}:") for one in asyncapi()["channels"].values()}

    assert {streams.key("tocsin", "p0", name) for name in (streams.PAGES, streams.ALERTS)} <= addresses


def test_the_page_of_contracts_tries_nothing_out_and_loads_nothing_from_elsewhere() -> None:
    """No scripts, no forms, no address but ours; every channel and message is on it."""
    page = contract_page(DOCUMENTS["openapi.json"], asyncapi())

    assert "<script" not in page and "<form" not in page and "//cdn" not in page
    assert all(f'"{kind}="http' not in page for kind in ("src", "href"))
    assert all(name in page for name in asyncapi()["channels"])
    assert all(model.__name__ in page for model in MESSAGES.values())
