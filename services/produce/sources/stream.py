"""Someone else's Redis stream: every entry that carries a page as JSON, from the first one on.

Nothing is acknowledged or deleted there: the position is ours, so that two monitors may read one stream. When the url
names a consumer group the server keeps the position, and an entry is acknowledged once its page is in our stream.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from runtime.errors import Unprocessable
from schemas import Page
from services.produce.adapters.foreign_stream import foreign_stream
from services.produce.checkpoint import Checkpoint
from services.produce.json_to_page import json_to_page
from services.produce.reading import Reading, World
from services.produce.source_registry import SourceSpec

_ENTRIES_A_PUSH: Final = 100
_PUSHES_A_TURN: Final = 50
_START: Final = "0-0"
# Fields that usually hold the JSON, in the order they are looked for; with none of them the fields are the object.
_JSON_FIELDS: Final = ("d", "data", "json", "payload", "message", "__data__")


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read on behind the checkpoint, or what the group has for us; `url` is as `stream_address` takes it."""
    address = stream_address(spec.url)
    new_pages = 0
    async with foreign_stream(address.server, address.stream, group=address.group) as stream:
        for _ in range(_PUSHES_A_TURN):
            entries = await stream.next_entries(checkpoint.position or _START, _ENTRIES_A_PUSH)
            if not entries:
                return Reading(checkpoint, new_pages=new_pages)
            pages = [page for _, fields in entries if (page := _page_of(fields, address.field, spec, world))]
            new_pages += sum(await world.push([(page, page.id) for page in pages]))
            checkpoint = checkpoint.model_copy(update={"position": entries[-1][0]})
            await world.save(spec, checkpoint)
            await stream.done([id for id, _ in entries])
    return Reading(checkpoint, new_pages=new_pages, has_more=True)


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where somebody's stream is, and how it is read."""

    server: str
    stream: str
    field: str | None = None  # that holds the JSON
    group: str | None = None


def stream_address(url: str) -> StreamAddress:
    """Return the parts of a stream's URL; raises ValueError when no stream is named or something else is asked."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    unknown = asked.keys() - {"stream", "field", "group"}
    if parts.scheme not in ("redis", "rediss", "unix") or "stream" not in asked or unknown:
        raise ValueError("expected redis://host:port/db?stream=NAME, with &field=NAME and &group=NAME if wanted")
    one = {name: values[0] for name, values in asked.items()}
    return StreamAddress(urlunsplit(parts._replace(query="")), one["stream"], one.get("field"), one.get("group"))


def _page_of(fields: Mapping[bytes, bytes], field: str | None, spec: SourceSpec, world: World) -> Page | None:
    try:
        return json_to_page(_json_of(fields, field), now=world.now(), source=spec.source)
    except Unprocessable as error:
        world.dropped(error.reason)
        return None


def _json_of(fields: Mapping[bytes, bytes], field: str | None) -> bytes:
    if field is not None:
        return fields.get(field.encode(), b"")
    for name in _JSON_FIELDS:
        if name.encode() in fields:
            return fields[name.encode()]
    told: dict[str, Any] = {name.decode("utf-8", "replace"): value for name, value in fields.items()}
    body = told.pop("body", b"")
    plain = {name: value.decode("utf-8", "replace") for name, value in told.items()}
    # The body travels as base64, so that one that is no UTF-8 arrives byte for byte.
    return json.dumps({**plain, "body_base64": base64.b64encode(body).decode("ascii")}).encode()
