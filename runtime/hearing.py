"""What the monitor hears: who spoke in the archive and the alert log, and what it has learned of their rhythm."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from runtime import silence
from runtime.canary import SOURCE
from schemas import streams

KINDS = ("source", "rule", "language")


@dataclass
class Hearing:
    """Positions in the streams, and the rhythms of all subjects."""

    watch: silence.Watch = field(default_factory=silence.Watch)
    heard_to: dict[str, bytes] = field(default_factory=dict)

    def heard(self, stream: str, fields: dict[bytes, bytes], at: float) -> list[silence.Change]:
        """Note an entry of the archive or the alert log; returns the silences it ends."""
        data = _json(fields)
        return [change for kind, name in _subjects(stream, data) for change in self.watch.heard(kind, name, at)]

    def page_of(self, fields: dict[bytes, bytes]) -> str:
        """Return the page id of a canary's event, or "" when there is none."""
        data = _json(fields).get("data")
        page = data.get("page") if isinstance(data, dict) else None
        return str(page.get("id", "")) if isinstance(page, dict) else ""

    def to_hash(self) -> dict[str, bytes]:
        """Return all rhythms for a Redis hash: one field of JSON each."""
        return {
            f"{kind}:{subject}": orjson.dumps(silence.to_fields(rhythm))
            for (kind, subject), rhythm in self.watch.rhythms.items()
        }

    def from_hash(self, kept: dict[bytes, bytes]) -> None:
        """Take over the rhythms of an earlier run."""
        for name, value in kept.items():
            kind, _, subject = name.decode("utf-8", "replace").partition(":")
            if kind in KINDS:
                self.watch.rhythms[(kind, subject)] = silence.from_fields(orjson.loads(value))


def _json(fields: dict[bytes, bytes]) -> dict[str, Any]:
    try:
        data = orjson.loads(fields.get(b"d", b"{}"))
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def _subjects(stream: str, data: dict[str, Any]) -> list[tuple[str, str]]:
    if stream == streams.ALERTS:
        rule = (data.get("data") or {}).get("rule") or {}
        return [("rule", str(rule["id"]))] if rule.get("id") else []
    article = data.get("article") or {}
    source = str((article.get("source") or {}).get("id") or "")
    found = [("source", source)] if source and source != SOURCE.id else []
    language = article.get("language")
    return [*found, ("language", str(language))] if language and found else found
