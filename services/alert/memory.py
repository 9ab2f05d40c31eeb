"""What the alerter remembers between articles: small records by key, read before a decision and written with it.

Live, the records stand in Redis (adapters/state.py); in tests and backtests in a dict. What decides is the same code.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]  # plain JSON; "until" (epoch seconds) is when it counts as forgotten


@dataclass
class Memory:
    """Records as they were read, with what the decision wrote over them; nothing is written back from here.

    With `is_complete` a key that is not known does not exist; without, it is noted in `missing`, to be fetched before
    the decision is made again.
    """

    known: Mapping[str, Record | None] = field(default_factory=dict)
    is_complete: bool = True
    written: dict[str, Record] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def get(self, key: str, now: datetime) -> Record | None:
        """Return the record of a key, or None when there is none or its time is over."""
        record = self.written.get(key)
        if record is None:
            if key not in self.known and not self.is_complete:
                self.missing.add(key)
            record = self.known.get(key)
        return None if record is None or record["until"] < now.timestamp() else record

    def put(self, key: str, record: Record, now: datetime, keep: timedelta) -> None:
        """Write a record that is kept for a while after this moment."""
        self.written[key] = record | {"until": now.timestamp() + keep.total_seconds()}

    def settle(self, store: MutableMapping[str, Record | None]) -> None:
        """Write what was decided into the store behind it."""
        store.update(self.written)
        self.written = {}
