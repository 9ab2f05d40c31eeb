"""Leaders as JSON, as they stand in Redis: the texts by which stories are recognised."""

import base64
from datetime import UTC, datetime
from sys import intern

import numpy as np
import orjson

from services.alert.sketch import Sketch
from services.alert.stories import Leader


def leader_to_json(leader: Leader) -> bytes:
    """Return a leader as JSON."""
    sketch = leader.sketch
    return orjson.dumps(
        {
            "story": leader.story,
            "at": leader.decided_at.timestamp(),
            "page": sketch.page,
            "event_at": sketch.event_at.timestamp(),
            "signature": base64.b64encode(sketch.signature.astype("<u4").tobytes()).decode(),
            "shingles": sketch.shingles,
            "owner": sketch.owner,
            "actors": sorted(sketch.actors),
            "topics": sorted(sketch.topics),
            "numbers": sorted(sketch.numbers),
            "names": sorted(sketch.names),
            "words": sorted(sketch.words),
            "heads": sorted(sketch.heads),
        }
    )


def leader_from_json(data: bytes) -> Leader:
    """Return the leader in some JSON."""
    told = orjson.loads(data)
    sketch = Sketch(
        page=told["page"],
        event_at=datetime.fromtimestamp(told["event_at"], UTC),
        signature=np.frombuffer(base64.b64decode(told["signature"]), "<u4").astype(np.uint32),
        shingles=told["shingles"],
        owner=told["owner"],
        actors=_words(told["actors"]),
        topics=_words(told["topics"]),
        numbers=_words(told["numbers"]),
        names=_words(told["names"]),
        words=_words(told["words"]),
        heads=_words(told["heads"]),
    )
    return Leader(told["story"], sketch, datetime.fromtimestamp(told["at"], UTC))


def _words(told: list[str]) -> tuple[str, ...]:
    """Return different words, each held once however many texts have it."""
    return tuple(map(intern, told))
