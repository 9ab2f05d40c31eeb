"""Frames of an event stream (Server-Sent Events): alerts, gaps and heartbeats.

What must stay true: only alerts carry an `id`. A heartbeat or a gap with one would move the client's position to a
place it has not read up to.
"""

import orjson
from pydantic import BaseModel, ConfigDict

from services.deliver.positions import to_sequence

HEARTBEAT = b": still here\n\n"


class Gap(BaseModel):
    """Alerts are missing between the position asked for and the first one that is still kept."""

    model_config = ConfigDict(frozen=True)

    asked_for: str  # position, as sequence
    first_retained: str | None  # sequence of the first alert still in the log; None: it is empty
    reason: str  # "trimmed": kept no longer; "ahead": a position this log has never had


def alert_frame(id: str, data: bytes) -> bytes:
    """Return an alert as a message (no `event:` line, so that every client's default handler gets it)."""
    return b"id: %b\ndata: %b\n\n" % (to_sequence(id).encode(), data)


def gap_frame(gap: Gap) -> bytes:
    """Return the frame that says what is missing, before anything later is sent."""
    return b"event: gap\ndata: %b\n\n" % orjson.dumps(gap.model_dump())


def hello_frame(retry_milliseconds: int) -> bytes:
    """Return the first frame: how long a client should wait before it comes back, and a comment to open the stream."""
    return b"retry: %d\n: welcome\n\n" % retry_milliseconds
