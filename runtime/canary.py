"""The canary: a page of our own that goes the whole way every few seconds, so that silence is never mistaken for peace.

Pure: what to send, and what its arrival says. A canary page is an ordinary article about real actors, so that
catalogue, topics and rules are all on its way; it is marked as a canary, and only the reserved rule `canary`
(watch/rules/canary.yaml) sees it. Its events stand in the `canary` stream: no subscriber, no story and no archive
ever holds one.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas import Page, Source

STREAM = "canary"  # where the alert stage writes what rang for a canary page
SOURCE = Source(id="tocsin-canary", name="Tocsin canary", language="en", owner="tocsin-canary")

_TITLE = "Canary {number}: Niger and Russia hold a military exercise that exists on paper only"
_PARAGRAPHS = (
    "Niger and Russia signed a military cooperation agreement in Niamey at {time}, according to canary {number}, "
    "which was written by the monitor of this installation and describes no real event.",
    "Russian military instructors would train soldiers of the army of Niger under the agreement, the page said. The "
    "monitor pushes a page like this one every few seconds and raises an alarm when its alert does not come out.",
    "Nobody who subscribes to alerts is told about it, and it takes no part in any story or count of origins.",
)


def canary_page(now: datetime) -> Page:
    """Return the canary page of this moment; equal moments give equal pages."""
    sent_at = now.astimezone(UTC)
    number = int(sent_at.timestamp() * 1000)
    values = {"number": number, "time": sent_at.strftime("%H:%M:%S")}
    body = "\n\n".join(text.format(**values) for text in (_TITLE, *_PARAGRAPHS)) + "\n"
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    return Page(
        id="pg_" + hashlib.sha256(f"{SOURCE.id}\0{number}".encode()).hexdigest()[:24],
        source=SOURCE,
        content_type="text/plain",
        body=body,
        sha256=sha256,
        fetched_at=sent_at,
        pushed_at=sent_at,
        canary=True,
    )


@dataclass(frozen=True, slots=True)
class Flights:
    """The canaries on their way: page id and when each was sent. Never more than `most`."""

    most: int = 100
    sent_at: dict[str, float] = field(default_factory=dict)

    def sent(self, page_id: str, at: float) -> "Flights":
        """Return the flights with one more; the oldest is given up when there are too many."""
        kept = {**self.sent_at, page_id: at}
        while len(kept) > self.most:
            del kept[next(iter(kept))]
        return Flights(self.most, kept)

    def arrived(self, page_id: str, at: float) -> tuple["Flights", float | None]:
        """Return the flights without this one, and the seconds it took; None when it was not on its way any more."""
        if page_id not in self.sent_at:
            return self, None
        rest = {id: since for id, since in self.sent_at.items() if id != page_id}
        return Flights(self.most, rest), max(0.0, at - self.sent_at[page_id])
