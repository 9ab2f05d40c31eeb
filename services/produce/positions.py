"""Positions: where every source stands, packed; thousands of them in a few dozen megabytes.

A checkpoint of 230 entries takes 160 KB as an object and 12 KB packed, and of all sources only those that are being
read are looked into.
"""

import json
from collections.abc import Iterator, MutableMapping

from services.produce.checkpoint import Checkpoint


class Positions(MutableMapping[str, Checkpoint]):
    """Checkpoints by the id of their source."""

    def __init__(self) -> None:
        self._packed: dict[str, tuple[Checkpoint, bytes]] = {}

    def glance(self, source_id: str) -> Checkpoint | None:
        """Return a source's checkpoint without its entries, which costs nothing; None when it was never read."""
        packed = self._packed.get(source_id)
        return packed[0] if packed else None

    def __getitem__(self, source_id: str) -> Checkpoint:
        """Return the whole checkpoint."""
        checkpoint, entries = self._packed[source_id]
        return checkpoint.model_copy(update={"entries": json.loads(entries)}) if entries else checkpoint

    def __setitem__(self, source_id: str, checkpoint: Checkpoint) -> None:
        """Pack a checkpoint."""
        entries = json.dumps(checkpoint.entries, separators=(",", ":")).encode() if checkpoint.entries else b""
        self._packed[source_id] = (checkpoint.model_copy(update={"entries": {}}), entries)

    def __delitem__(self, source_id: str) -> None:
        """Forget a source."""
        del self._packed[source_id]

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of the sources."""
        return iter(self._packed)

    def __len__(self) -> int:
        """Return how many sources have a checkpoint."""
        return len(self._packed)
