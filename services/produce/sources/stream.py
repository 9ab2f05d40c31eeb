"""Someone else's Redis stream: every entry that carries a page as JSON, from the first one on.

Nothing is acknowledged or deleted there: the position is ours, so that two monitors may read one stream.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

from runtime.errors import Unprocessable
from schemas import Page
from services.produce.adapters.foreign_stream import entries_behind
from services.produce.checkpoint import Checkpoint
from services.produce.json_to_page import json_to_page
from services.produce.reading import Reading, World
from services.produce.refusals import InvalidLine
from services.produce.source_registry import SourceSpec

_ENTRIES_A_PUSH: Final = 100
_PUSHES_A_TURN: Final = 50
_START: Final = "0-0"
# Fields that usually hold the JSON, in the order they are looked for; with none of them the fields are the object.
_JSON_FIELDS: Final = ("d", "data", "json", "payload", "message", "__data__")


async def read(spec: SourceSpec, checkpoint: Checkpoint, world: World) -> Reading:
    """Read on behind the checkpoint: `url` is redis://host:port/db?stream=NAME and, when it is unusual, &field=NAME."""
    server, stream, field = stream_address(spec.url)
    new_pages = 0
    async with entries_behind(server, stream) as next_entries:
        for _ in range(_PUSHES_A_TURN):
            entries = await next_entries(checkpoint.position or _START, _ENTRIES_A_PUSH)
            if not entries:
                return Reading(checkpoint, new_pages=new_pages)
            pages = [page for _, fields in entries if (page := _page_of(fields, field, spec, world))]
            new_pages += sum(await world.push([(page, page.id) for page in pages]))
            checkpoint = checkpoint.model_copy(update={"position": entries[-1][0]})
            await world.save(spec, checkpoint)
    return Reading(checkpoint, new_pages=new_pages, has_more=True)


def stream_address(url: str) -> tuple[str, str, str | None]:
    """Return the server's URL, the stream's name and the field's; raises InvalidLine when no stream is named."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    if parts.scheme not in ("redis", "rediss", "unix") or "stream" not in asked:
        raise InvalidLine("expected redis://host:port/db?stream=NAME, found something else")
    return urlunsplit(parts._replace(query="")), asked["stream"][0], asked.get("field", [None])[0]


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
