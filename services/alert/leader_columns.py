"""The texts of leaders in columns: a thousand of them are compared with an article in one go.

Templated notices, the copies of one agency and the sentences of a site's own share bands with thousands of texts; one
at a time these took longer the more there were, until the alerter fell behind.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from services.alert.sketch import PERMUTATIONS, Sketch

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_ROOM = 16


def microseconds(at: datetime) -> int:
    """Return a moment as whole microseconds since 1970, so that differences are exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class LeaderColumns:
    """Signature, number of shingles, event time and decision time of each leader, by its number."""

    def __init__(self) -> None:
        """Start empty; room doubles when it is used up."""
        self._count = 0
        self._signatures = np.zeros((_FIRST_ROOM, PERMUTATIONS), np.uint32)
        self._shingles = np.zeros(_FIRST_ROOM, np.int64)
        self._times = np.zeros((2, _FIRST_ROOM), np.int64)  # event, decision; microseconds

    def add(self, sketch: Sketch, decided_at: datetime) -> None:
        """Add the next leader."""
        if self._count == len(self._shingles):
            self._signatures = np.concatenate((self._signatures, np.zeros_like(self._signatures)))
            self._shingles = np.concatenate((self._shingles, np.zeros_like(self._shingles)))
            self._times = np.concatenate((self._times, np.zeros_like(self._times)), axis=1)
        self._signatures[self._count] = sketch.signature
        self._shingles[self._count] = sketch.shingles
        self._times[:, self._count] = microseconds(sketch.event_at), microseconds(decided_at)
        self._count += 1

    def near(self, numbers: Numbers, sketch: Sketch, now: datetime, kept_for: timedelta) -> Numbers:
        """Return those decided at most so long ago whose event is at most so far from the article's."""
        most = kept_for // timedelta(microseconds=1)
        is_fresh = microseconds(now) - self._times[1, numbers] <= most
        near: Numbers = numbers[is_fresh & (self._apart(numbers, sketch) <= most)]
        return near

    def likeness(self, numbers: Numbers, sketch: Sketch) -> tuple[Floats, Floats]:
        """Return the estimated Jaccard and containment of each text and the article's, from 0.0 to 1.0."""
        mine, theirs = sketch.shingles, self._shingles[numbers]
        jaccard = np.count_nonzero(self._signatures[numbers] == sketch.signature, axis=1) / PERMUTATIONS
        fewest = np.minimum(mine, theirs)
        jaccard[fewest == 0] = 0.0
        shared = jaccard / (1 + jaccard) * (mine + theirs)
        return jaccard, np.minimum(1.0, shared / np.maximum(fewest, 1))

    def within(self, numbers: Numbers, sketch: Sketch, most: timedelta) -> npt.NDArray[np.bool_]:
        """Return which of them tell of an event at most so far from the article's."""
        return self._apart(numbers, sketch) <= most // timedelta(microseconds=1)

    def _apart(self, numbers: Numbers, sketch: Sketch) -> npt.NDArray[np.int64]:
        apart: npt.NDArray[np.int64] = np.abs(self._times[0, numbers] - microseconds(sketch.event_at))
        return apart
