"""The texts of leaders in columns: a thousand of them are compared with an article in one go.

Templated notices, the copies of one agency and the sentences of a site's own share bands with thousands of texts; one
at a time these took longer the more there were, until the alerter fell behind.
"""

import zlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from services.alert.sketch import PERMUTATIONS, Sketch

Numbers = npt.NDArray[np.intp]
Counts = npt.NDArray[np.int64]
Are = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_ROOM = 16
_MARKS = 1 << 16  # what a number or an actor is cut down to; two of them meeting only costs a second look


def microseconds(at: datetime) -> int:
    """Return a moment as whole microseconds since 1970, so that differences are exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class SharedFacts:
    """How many of some facts each leader has too, at least; nearly always exactly. Two bytes a fact."""

    def __init__(self) -> None:
        """Start empty."""
        self._count, self._used = 0, 0
        self._marks = np.zeros(_FIRST_ROOM, np.uint16)
        self._ends = np.zeros(_FIRST_ROOM, np.int64)

    def add(self, facts: Collection[str]) -> None:
        """Add the facts of the next leader."""
        used = self._used + len(facts)
        if used > len(self._marks):
            self._marks = np.concatenate((self._marks, np.zeros(max(used, len(self._marks)), np.uint16)))
        if self._count == len(self._ends):
            self._ends = np.concatenate((self._ends, np.zeros_like(self._ends)))
        self._marks[self._used : used] = _marks_of(facts)
        self._ends[self._count] = self._used = used
        self._count += 1

    def count(self, numbers: Numbers, facts: Collection[str]) -> tuple[Counts, Counts]:
        """Return how many of these facts each leader shares, never too few, and how many it has."""
        starts = np.where(numbers > 0, self._ends[numbers - 1], 0)
        lengths = self._ends[numbers] - starts
        sums = np.concatenate(([0], np.cumsum(lengths)))
        places = np.repeat(starts - sums[:-1], lengths) + np.arange(sums[-1])
        is_mine = np.zeros(_MARKS, np.bool_)
        is_mine[_marks_of(facts)] = True
        found = np.concatenate(([0], np.cumsum(is_mine[self._marks[places]])))
        return found[sums[1:]] - found[sums[:-1]], lengths


def _marks_of(facts: Collection[str]) -> npt.NDArray[np.uint16]:
    return np.fromiter((zlib.crc32(fact.encode()) % _MARKS for fact in facts), np.uint16, len(facts))


class LeaderColumns:
    """Signature, shingles, numbers, actors, event time and decision time of each leader, by its number."""

    def __init__(self) -> None:
        """Start empty; room doubles when it is used up."""
        self._count = 0
        self._signatures = np.zeros((_FIRST_ROOM, PERMUTATIONS), np.uint32)
        self._shingles = np.zeros(_FIRST_ROOM, np.int64)
        self._times = np.zeros((2, _FIRST_ROOM), np.int64)  # event, decision; microseconds
        self._numbers, self._actors = SharedFacts(), SharedFacts()

    def add(self, sketch: Sketch, decided_at: datetime) -> None:
        """Add the next leader."""
        if self._count == len(self._shingles):
            self._signatures = np.concatenate((self._signatures, np.zeros_like(self._signatures)))
            self._shingles = np.concatenate((self._shingles, np.zeros_like(self._shingles)))
            self._times = np.concatenate((self._times, np.zeros_like(self._times)), axis=1)
        self._signatures[self._count] = sketch.signature
        self._shingles[self._count] = sketch.shingles
        self._times[:, self._count] = microseconds(sketch.event_at), microseconds(decided_at)
        self._numbers.add(sketch.numbers)
        self._actors.add(sketch.actors)
        self._count += 1

    def are_near(self, numbers: Numbers, sketch: Sketch, now: datetime, kept_for: timedelta) -> Are:
        """Return which were decided at most so long ago, and of an event at most so far from the article's."""
        most = kept_for // timedelta(microseconds=1)
        is_fresh = microseconds(now) - self._times[1, numbers] <= most
        apart = np.abs(self._times[0, numbers] - microseconds(sketch.event_at))
        near: Are = is_fresh & (apart <= most)
        return near

    def likeness(self, numbers: Numbers, sketch: Sketch) -> tuple[Floats, Floats]:
        """Return the estimated Jaccard and containment of each text and the article's, from 0.0 to 1.0."""
        mine, theirs = sketch.shingles, self._shingles[numbers]
        jaccard = np.count_nonzero(self._signatures[numbers] == sketch.signature, axis=1) / PERMUTATIONS
        fewest = np.minimum(mine, theirs)
        jaccard[fewest == 0] = 0.0
        shared = jaccard / (1 + jaccard) * (mine + theirs)
        return jaccard, np.minimum(1.0, shared / np.maximum(fewest, 1))

    def may_agree(self, numbers: Numbers, sketch: Sketch) -> Are:
        """Return which of them may give the facts of the article: all that `stories.same_facts` would say yes to."""
        shared, theirs = self._numbers.count(numbers, sketch.numbers)
        least = np.minimum(theirs, len(sketch.numbers))
        may: Are = shared >= 0.5 * least
        without = np.flatnonzero(least == 0)
        shared, theirs = self._actors.count(numbers[without], sketch.actors)
        may[without] = shared >= np.minimum(theirs, len(sketch.actors))
        return may
