"""Positions in the alert log: how subscribers name them, and how they sort.

A position on the wire is the entry's stream id with both numbers padded with zeros, so that it sorts as text in the
order of the log ("-9" would sort after "-10"). What is read back may be padded or not.
"""

import re
from datetime import UTC, datetime

from runtime.errors import Misconfigured

BEGINNING = "0-0"
NEW = "$"
_ID = re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?\Z")
_MILLISECONDS_DIGITS = 16  # enough until the year 318857
_NUMBER_DIGITS = 10
_MOST = 2**64 - 1


class WrongPosition(Misconfigured):
    """A position that is neither an id of the log, nor a time, nor a word we know; on a command line it ends there."""


def to_sequence(stream_id: str) -> str:
    """Return a stream id padded so that it sorts as text: "1763781911482-7" → "0001763781911482-0000000007"."""
    milliseconds, _, number = stream_id.partition("-")
    return f"{int(milliseconds):0{_MILLISECONDS_DIGITS}d}-{int(number or 0):0{_NUMBER_DIGITS}d}"


def to_stream_id(text: str) -> str | None:
    """Return the stream id in `text`, padded or not; None when it is none."""
    found = _ID.match(text)
    if not found:
        return None
    milliseconds, number = int(found[1]), int(found[2] or 0)
    return f"{milliseconds}-{number}" if max(milliseconds, number) <= _MOST else None


def as_numbers(stream_id: str) -> tuple[int, int]:
    """Return a stream id as numbers, which sort in the order of the log."""
    milliseconds, _, number = stream_id.partition("-")
    return int(milliseconds), int(number or 0)


def just_before(at: datetime) -> str:
    """Return the last possible id before a time: reading after it begins with what was written at `at`."""
    milliseconds = max(0, int(at.timestamp() * 1000))
    return f"{milliseconds - 1}-{_MOST}" if milliseconds else BEGINNING


def parse_start(start: str) -> str:
    """Return the id after which to read: "0" and ids as they are, "$" stays, an ISO time becomes the id before it.

    A time without a zone is UTC. Raises WrongPosition with what was expected.
    """
    text = start.strip()
    if text in (NEW, "now"):
        return NEW
    if text in ("", "beginning"):
        return BEGINNING
    if (id := to_stream_id(text)) is not None:
        return id
    if (at := parse_time(text)) is None:
        raise WrongPosition(
            f"expected a position such as 0, now, 1763781911482-0 or 2026-01-31T12:00:00Z, found '{text[:60]}'"
        )
    return just_before(at)


def parse_time(text: str) -> datetime | None:
    """Return an ISO time, in UTC where it names no zone; None when it is none."""
    # A plus sign of a zone arrives as a space when a client did not escape it in a URL.
    text = re.sub(r"(\d\d:\d\d(?:\.\d+)?) (\d\d:?\d\d)\Z", r"\1+\2", text.strip()).replace("Z", "+00:00")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def time_of(stream_id: str) -> datetime:
    """Return when an entry was written, by the server's clock."""
    return datetime.fromtimestamp(as_numbers(stream_id)[0] / 1000, UTC)
