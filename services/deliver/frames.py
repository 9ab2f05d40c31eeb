"""Frames of an event stream (Server-Sent Events): alerts, gaps, canaries and heartbeats.

What must stay true: only what stands in the log carries an `id`. A heartbeat, a gap or a canary with one would move
the client's position to a place it has not read up to.
"""

from datetime import datetime
from typing import Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict

from schemas.message import Message
from services.deliver.positions import to_sequence

HEARTBEAT = b": still here\n\n"


class Gap(BaseModel):
    """Alerts are missing between the position asked for and the first one that is still kept."""

    model_config = ConfigDict(frozen=True)

    asked_for: str  # position, as sequence
    first_retained: str | None  # sequence of the first alert still in the log; None: it is empty
    reason: str  # "trimmed": kept no longer; "ahead": a position this log has never had


class GapEvent(Message):
    """The gap as a CloudEvent; it is told to one reader, and stands in no log."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    type: Literal["tocsin.monitor.gap"] = "tocsin.monitor.gap"
    source: str = "/v1/alerts/stream"
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: Gap


def alert_frame(id: str, data: bytes) -> bytes:
    """Return an alert as a message (no `event:` line, so that every client's default handler gets it)."""
    return b"id: %b\ndata: %b\n\n" % (to_sequence(id).encode(), data)


def gap_frame(gap: Gap, *, now: datetime) -> bytes:
    """Return the frame that says what is missing, before anything later is sent."""
    event = GapEvent(id=f"gap-{gap.asked_for}-{gap.first_retained or 'none'}", time=now, data=gap)
    return b"event: gap\ndata: %b\n\n" % orjson.dumps(event.model_dump(mode="json"))


def canary_frame(data: bytes) -> bytes:
    """Return the frame of a canary that has just come out as an alert: the path to this reader works."""
    return b"event: canary\ndata: %b\n\n" % data


def hello_frame(retry_milliseconds: int) -> bytes:
    """Return the first frame: how long a client should wait before it comes back, and a comment to open the stream."""
    return b"retry: %d\n: welcome\n\n" % retry_milliseconds
