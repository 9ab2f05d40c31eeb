"""Pages into the pipeline: waits while the stream is full or Redis is away, and returns once the pages are safe."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from redis.exceptions import RedisError

from runtime.ingest import Ingest, NotDurable, Outcome
from schemas import Page
from schemas.streams import partition_of

log = logging.getLogger("tocsin.produce")

_FULL_SECONDS: Final = (0.05, 1.0)  # first and longest pause before a page is offered again
_AWAY_SECONDS: Final = (0.2, 5.0)


class Pusher:
    """Pushes pages for all sources of the process, each to the partition that owns its identity."""

    def __init__(
        self,
        edges: Mapping[str, Ingest],
        *,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> None:
        """`edges` is the way into each partition; `on_outcome` and `on_wait` are told what happens, for metrics."""
        self._edges = dict(edges)
        self._on_outcome = on_outcome
        self._on_wait = on_wait

    async def push(self, pages: Sequence[tuple[Page, str]]) -> list[bool]:
        """Push (page, identity) pairs; return for each whether it is new. Waits as long as it takes.

        Re-sending after an error is harmless: what went in before is a duplicate then.
        """
        now, tags = datetime.now(UTC), tuple(self._edges)
        shares: dict[str, list[int]] = {}
        for index, (_, identity) in enumerate(pages):
            shares.setdefault(partition_of(identity, tags), []).append(index)
        are_new = [False] * len(pages)
        for tag, indexes in shares.items():
            share = [(pages[i][0].model_copy(update={"pushed_at": now}).to_json(), pages[i][1]) for i in indexes]
            for index, is_new in zip(indexes, await self._push_share(self._edges[tag], share), strict=True):
                are_new[index] = is_new
        return are_new

    async def _push_share(self, ingest: Ingest, offered: list[tuple[bytes, str]]) -> list[bool]:
        are_new: list[bool] = []
        is_away, wait = False, _FULL_SECONDS[0]
        while len(are_new) < len(offered):
            try:
                outcomes = await ingest.push_many(offered[len(are_new) :])
            except (RedisError, OSError, NotDurable) as error:
                if not is_away:
                    log.warning("pages cannot be pushed", extra={"error": type(error).__name__})
                    is_away, wait = True, _AWAY_SECONDS[0]
                self._on_wait()
                wait = await _pause(wait, _AWAY_SECONDS[1])
                continue
            if is_away:
                log.info("pages are pushed again")
                is_away, wait = False, _FULL_SECONDS[0]
            taken = outcomes[: outcomes.index("full")] if "full" in outcomes else outcomes
            for outcome in taken:
                self._on_outcome(outcome)
                are_new.append(outcome == "accepted")
            if len(are_new) < len(offered):
                self._on_wait()
                wait = _FULL_SECONDS[0] if taken else await _pause(wait, _FULL_SECONDS[1])
        return are_new


async def _pause(seconds: float, longest: float) -> float:
    await asyncio.sleep(seconds * random.uniform(0.75, 1.25))
    return min(seconds * 2, longest)
