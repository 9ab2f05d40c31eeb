"""Stories: which articles tell the same thing, and which of them only copy each other.

A *copy* shares text (MinHash: 64 bands of 2, then Jaccard >= .35 or containment >= .6). A *rewrite* shares none, but
names, numbers, actors and words of the beginning, within a day and a half. Text kept by the index is of *leaders*: the
first article of a story, and each later one that no text in the story resembled. An article joins the leader it is most
like, never a chain.

What must stay true: a story id, once given, is stored with the alert and looked up, never computed again.
"""

import hashlib
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest
from typing import NamedTuple

import numpy as np

from services.alert.bands import BANDS, Bands, Keys, band_keys
from services.alert.leader_columns import LeaderColumns
from services.alert.sketch import PERMUTATIONS, Sketch

KEPT_FOR = timedelta(hours=72)  # a story that nobody tells for so long is over
REWRITE_WITHIN = timedelta(hours=36)  # the same facts later are a follow-up of their own
LEAST_JACCARD, LEAST_CONTAINMENT = 0.35, 0.6
SAME_TEXT = 0.8  # below it, templated notices of other days look alike: the facts have to agree too
# So alike, at most 25 of 128 values differ, and each is in one band of two.
LEAST_BANDS = BANDS - (PERMUTATIONS - math.ceil(SAME_TEXT * PERMUTATIONS))
LEAST_REWRITE = 0.42
LEAST_SPECIFIC = 2  # names and numbers that two reports of one event share; without them they only share a subject


@dataclass(frozen=True, slots=True)
class Leader:
    """A text that the index keeps, and the story it belongs to."""

    story: str
    sketch: Sketch
    decided_at: datetime


class Found(NamedTuple):
    """The leader an article is most like."""

    leader: Leader
    is_copy: bool
    likeness: float
    texts: tuple[str, ...] = ()  # pages of the leaders of its story that it copies; more than one when it holds them


def story_id(page: str) -> str:
    """Return the id of the story that a page opens."""
    return "st_" + hashlib.sha256(page.encode()).hexdigest()[:24]


def likeness(left: Sketch, right: Sketch) -> tuple[float, float]:
    """Return the estimated Jaccard and containment of two texts, from 0.0 to 1.0."""
    if not left.shingles or not right.shingles:
        return 0.0, 0.0
    jaccard = int(np.count_nonzero(left.signature == right.signature)) / PERMUTATIONS
    shared = jaccard / (1 + jaccard) * (left.shingles + right.shingles)
    return jaccard, min(1.0, shared / min(left.shingles, right.shingles))


def is_copy(left: Sketch, right: Sketch) -> bool:
    """Return whether one text is a copy of the other, whole or in part, perhaps edited."""
    jaccard, containment = likeness(left, right)
    if jaccard < LEAST_JACCARD and containment < LEAST_CONTAINMENT:
        return False
    return jaccard >= SAME_TEXT or same_facts(left, right)


def same_facts(left: Sketch, right: Sketch) -> bool:
    """Return whether two texts give the same numbers or speak of the same actors.

    A text that holds the other need only hold its facts: a quarter of an article has a quarter of its numbers.
    """
    if least := min(len(left.numbers), len(right.numbers)):
        return _shared(left.numbers, right.numbers) >= 0.5 * least
    return _shared(left.actors, right.actors) == min(len(left.actors), len(right.actors))


def rewrite_likeness(left: Sketch, right: Sketch) -> float:
    """Return how much two articles without common text tell the same, from 0.0 to 1.0.

    Overlap of weighted facts: a name or number that few articles have says more than an actor of the whole beat.
    """
    if abs(left.event_at - right.event_at) > REWRITE_WITHIN or not _shared(left.actors, right.actors):
        return 0.0
    if _shared(left.names, right.names) + _shared(left.heads, right.heads) < LEAST_SPECIFIC:
        return 0.0
    shared = total = 0.0
    for mine, yours, weight in (
        (left.heads, right.heads, 1.5),
        (left.names, right.names, 1.5),
        (left.words, right.words, 1.0),
        (left.actors, right.actors, 1.0),
        (left.topics, right.topics, 0.5),
    ):
        shared += weight * _shared(mine, yours)
        total += weight * min(len(mine), len(yours))
    return shared / total if total else 0.0


def _shared(mine: Collection[str], yours: Collection[str]) -> int:
    return len(frozenset(mine).intersection(yours))  # of a set, no copy is made


@dataclass
class StoryIndex:
    """Leaders by the bands of their texts and by their facts; `parent` is another index that is only read."""

    parent: "StoryIndex | None" = None
    leaders: list[Leader] = field(default_factory=list)
    columns: LeaderColumns = field(default_factory=LeaderColumns)
    bands: Bands = field(default_factory=Bands)
    by_fact: dict[str, list[int]] = field(default_factory=dict)

    def add(self, leader: Leader) -> None:
        """Remember a text; texts are added in the order they were decided."""
        number = len(self.leaders)
        self.leaders.append(leader)
        self.columns.add(leader.sketch, leader.decided_at)
        if leader.sketch.shingles:
            self.bands.add(number, band_keys(leader.sketch.signature))
        for fact in _facts(leader.sketch):
            self.by_fact.setdefault(fact, []).append(number)

    def find(self, sketch: Sketch, now: datetime) -> Found | None:
        """Return the leader an article belongs to: the nearest copy, else the nearest rewrite; the older of equals."""
        keys = band_keys(sketch.signature) if sketch.shingles else None
        best: Found | None = None
        copied: list[Leader] = []
        for found in self._alike(sketch, keys, now):
            if found.is_copy:
                copied.append(found.leader)
            if best is None or (found.is_copy, found.likeness) > (best.is_copy, best.likeness):
                best = found
        if best is None:
            return None
        return best._replace(texts=tuple(one.sketch.page for one in copied if one.story == best.leader.story))

    def of_story(self, story: str) -> Iterator[Leader]:
        """Yield the texts of a story."""
        if self.parent is not None:
            yield from self.parent.of_story(story)
        yield from (leader for leader in self.leaders if leader.story == story)

    def forget(self, before: datetime) -> None:
        """Forget texts that were decided before a moment, once they are half of all; the middle one tells."""
        if self.leaders and self.leaders[len(self.leaders) // 2].decided_at < before:
            kept = [leader for leader in self.leaders if leader.decided_at >= before]
            self.leaders, self.columns, self.bands, self.by_fact = [], LeaderColumns(), Bands(), {}
            for leader in kept:
                self.add(leader)

    def _alike(self, sketch: Sketch, keys: Keys | None, now: datetime) -> Iterator[Found]:
        """Yield each leader that the article copies or rewrites, the oldest first."""
        if self.parent is not None:
            yield from self.parent._alike(sketch, keys, now)
        bands, told = np.zeros(len(self.leaders), np.uint8), self._told(sketch)
        if not (keys is not None and self.bands.count(keys, bands)) and not told:
            return
        is_told = np.zeros(len(self.leaders), np.bool_)
        is_told[told] = True
        numbers = np.flatnonzero((bands > 0) | is_told)
        numbers = numbers[self.columns.are_near(numbers, sketch, now, KEPT_FOR)]
        # Thousands of notices of one template share bands; those that give other facts are left out all at once.
        is_same = bands[numbers] >= LEAST_BANDS
        numbers = numbers[is_same | is_told[numbers] | self.columns.may_agree(numbers, sketch)]
        if not len(numbers):
            return
        jaccard, containment = self.columns.likeness(numbers, sketch)
        is_text = (jaccard >= LEAST_JACCARD) | (containment >= LEAST_CONTAINMENT)
        is_told = is_told[numbers]
        columns = (one[is_text | is_told].tolist() for one in (numbers, jaccard, containment, is_text))
        for number, overlap, part, is_alike in zip(*columns, strict=True):
            leader = self.leaders[number]
            if is_alike and (overlap >= SAME_TEXT or same_facts(sketch, leader.sketch)):
                yield Found(leader, True, max(overlap, part))
            elif (alike := rewrite_likeness(sketch, leader.sketch)) >= LEAST_REWRITE:
                yield Found(leader, False, alike)

    def _told(self, sketch: Sketch) -> list[int]:
        """Return the leaders that have the most facts in common with the article."""
        counts: dict[int, int] = {}
        for fact in _facts(sketch):
            for number in self.by_fact.get(fact, ())[-MOST_PER_FACT:]:
                counts[number] = counts.get(number, 0) + 1
        shared = [(count, -number) for number, count in counts.items() if count >= LEAST_SPECIFIC]
        return [-number for _, number in nlargest(MOST_REWRITES, shared)]


MOST_REWRITES = 32  # texts with the most facts in common that are looked at
MOST_PER_FACT = 200  # a fact that more texts share says nothing; only the newest are looked at


def _facts(sketch: Sketch) -> Iterator[str]:
    for number in sketch.heads:
        yield "#" + number
    for name in sketch.names:
        yield "@" + name
