"""Dead letters: look at them, put them back, or drop them for good."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtime.scripts import source
from runtime.settings import RuntimeSettings
from schemas import DeadLetter, streams

PAGE = 200


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter, its partition, and its id in the dead-letter stream of its stage."""

    id: str
    partition: str
    letter: DeadLetter


async def dead_letters(redis: Any, settings: RuntimeSettings, stage: str) -> AsyncIterator[Buried]:
    """Yield the dead letters of a stage, partition by partition, oldest first."""
    for tag in settings.tags_of(stage):
        stream = streams.key(settings.stream_prefix, tag, streams.DEAD, stage)
        start = "-"
        while entries := await redis.xrange(stream, min=start, count=PAGE):
            for id, fields in entries:
                yield Buried(id.decode(), tag, DeadLetter.from_json(fields[b"d"]))
            start = "(" + entries[-1][0].decode()


async def end_dead_letter(redis: Any, settings: RuntimeSettings, buried: Buried, *, retry: bool) -> bool:
    """Put a dead letter back into the stream it came from, or drop it; False when it was gone already."""
    key = partial(streams.key, settings.stream_prefix, buried.partition)
    stage = buried.letter.stage
    script = redis.register_script(source("retry"))
    done = await script(
        keys=[key(streams.DEAD, stage), key(streams.READS[stage]), key("stats", stage)],
        args=[buried.id, buried.letter.payload if retry else "", buried.letter.reason],
    )
    return bool(done)
