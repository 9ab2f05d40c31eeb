"""The index's columns: rows of a hundred thousand rules as numpy arrays, matched against a batch of articles at once.

A *row* is a conjunction: up to five slots that must share a place, and two atoms that must be absent. A *slot* is an
atom (a small int) seen through a scope: `scope * atoms + atom`. Rows stand sorted by their rarest atom, so a batch
looks only at rows whose rarest atom one of its articles has, and at each of them once: 32 bits say which articles have
an atom, and and-ing them leaves the articles that have all. Only for these the masks of sentences or paragraphs are
and-ed, which leaves the proof.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

WIDTH = 5  # slots in a row
ABSENT = 2  # atoms that must be absent
UNUSED = -1  # for rows with fewer slots, or with less that must be absent
MOST_BITS = 64  # sentences or paragraphs in a mask
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
EVERY = np.uint32(0xFFFFFFFF)
RULE_BITS = 40  # of a pair of an article and a rule
MOST_AT_ONCE = 32  # articles in one call: a bit for each of them

Ints = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]  # what is read for few rows only: half the memory
Masks = npt.NDArray[np.uint64]
Articles = npt.NDArray[np.uint32]  # a bit for each article of the batch

NONE: list[int] = []
Scalar = TypeVar("Scalar", bound=np.generic)


class Marks(NamedTuple):
    """Articles for the columns: each atom of each article, and for each scope but the first its mask there."""

    articles: int
    article: Ints
    atom: Ints
    masks: tuple[Masks, ...]


class Hits(NamedTuple):
    """Rows that hold: number of the article in the batch, number of the rule, and whether it needs a closer look."""

    articles: Ints
    rules: Ints
    is_open: npt.NDArray[np.bool_]


def _take(array: npt.NDArray[Scalar], places: Ints | Narrow) -> npt.NDArray[Scalar]:
    """Return array[places]; the places are known to be inside, so that numpy need not look first."""
    return array.take(places, mode="clip")


@dataclass
class Columns:
    """Immutable rows, and the scratch tables that a call fills and clears (one call at a time)."""

    atoms: int
    scopes: int
    second: Ints  # the rarest atom but one; `atoms` (which every article has) where unused
    others: Narrow  # array by array the other atoms, and those that must be absent (+ `missing`)
    shared: Narrow  # array by array those atoms that must share a place, in the row's scope
    scope: npt.NDArray[np.int8]  # 0 where the article is place enough
    rules: Ints
    is_open: npt.NDArray[np.bool_]
    more: dict[int, tuple[int, ...]]  # by row, the slots that did not fit
    is_wide: npt.NDArray[np.bool_]  # whether a row has more
    first: Ints  # for each atom, its first row
    count: Ints  # and how many rows it has

    def __post_init__(self) -> None:
        self.missing = self.atoms + 1
        self._having = np.zeros(self.missing * 2, np.uint32)  # for each atom the articles that have it, and have not
        self._having[self.atoms :] = EVERY
        self._local = np.zeros(self.atoms + 1, np.int64)  # for each atom of a batch, its number among them
        self.seen = np.zeros(self.atoms, np.int64)  # articles that had each atom, for better columns next time

    @classmethod
    def build(
        cls,
        rows: Sequence[tuple[int, ...]],
        *,
        atoms: int,
        scopes: int,
        frequency: npt.NDArray[np.float64],
        is_open: Iterable[bool] = (),
        more: Mapping[int, tuple[int, ...]] | None = None,
    ) -> "Columns":
        """Return the columns of rows (WIDTH slots, ABSENT atoms, rule), with UNUSED for slots and atoms not needed.

        `more` has, by row, the slots that did not fit. `frequency` says for each atom how many articles have it; it
        decides speed, never results.
        """
        width = WIDTH + ABSENT + 1
        flat = np.fromiter(chain.from_iterable(rows), np.int32, len(rows) * width).reshape(-1, width)
        slots, absent = flat[:, :WIDTH], np.where(flat[:, WIDTH:-1] == UNUSED, atoms, flat[:, WIDTH:-1] + atoms + 1)
        needed = np.where(slots == UNUSED, atoms, slots % max(atoms, 1))
        by_cost = np.argsort(np.append(frequency, np.inf)[needed], axis=1, kind="stable")
        needed = np.take_along_axis(needed, by_cost, axis=1)
        scope = np.take_along_axis(np.where(slots == UNUSED, 0, slots // max(atoms, 1)), by_cost, axis=1)
        order = np.lexsort((needed[:, 1], needed[:, 0]))
        needed, scope, absent = needed[order], scope[order], absent[order]
        is_bound = scope > 0
        shared = np.take_along_axis(
            np.where(is_bound, needed, atoms), np.argsort(~is_bound, axis=1, kind="stable"), axis=1
        )
        moved, is_wide = _moved(order, more or {})
        first = np.searchsorted(needed[:, 0], np.arange(atoms), "left")
        return cls(
            atoms=atoms,
            scopes=scopes,
            second=needed[:, 1].astype(np.int64),
            others=np.concatenate((_used(needed[:, 2:], atoms), _used(absent, atoms))),
            shared=_used(shared, atoms),
            scope=scope.max(axis=1, initial=0).astype(np.int8),
            rules=flat[order, -1].astype(np.int64),
            is_open=np.fromiter(is_open, np.bool_)[order] if is_open else np.zeros(len(rows), np.bool_),
            more=moved,
            is_wide=is_wide,
            first=first.astype(np.int64),
            count=(np.searchsorted(needed[:, 0], np.arange(atoms), "right") - first).astype(np.int64),
        )

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        arrays = (self.second, self.others, self.shared, self.scope, self.rules, self.is_open, self.is_wide)
        return sum(array.nbytes for array in (*arrays, self.first, self.count))

    def match(self, batch: Marks) -> Hits:
        """Return the rows that hold for each of at most MOST_AT_ONCE articles."""
        atoms, having = self._seen_in(batch)
        self._having[atoms], self._having[atoms + self.missing] = having, ~having
        rows, having = self._having_all(atoms)
        self._having[atoms], self._having[atoms + self.missing] = 0, EVERY
        article, place = _spread(having, batch.articles)
        rows = _take(rows, place)
        if len(self.shared) and len(rows):
            kept = self._sharing(rows, article, batch, atoms)
            rows, article = _take(rows, kept), _take(article, kept)
        return Hits(article, _take(self.rules, rows), _take(self.is_open, rows))

    def _seen_in(self, batch: Marks) -> tuple[Ints, Articles]:
        """Return the atoms of a batch, each once, and which articles have it; they are counted."""
        if batch.articles == 1:
            self.seen[batch.atom] += 1
            return batch.atom, np.ones(len(batch.atom), np.uint32)
        np.add.at(self.seen, batch.atom, 1)
        order = batch.atom.argsort()
        atoms, bits = batch.atom[order], np.left_shift(np.uint32(1), batch.article[order].astype(np.uint32))
        is_new = np.ones(len(atoms), np.bool_)
        np.not_equal(atoms[1:], atoms[:-1], out=is_new[1:])
        starts = is_new.nonzero()[0]
        return atoms[starts], np.bitwise_or.reduceat(bits, starts) if len(starts) else bits

    def _having_all(self, atoms: Ints) -> tuple[Ints, Articles]:
        """Return rows, and the articles that have all their atoms and none that must be absent; never without any."""
        table, count = self._having, _take(self.count, atoms)
        ends = count.cumsum()
        rows = np.arange(int(ends[-1]) if len(ends) else 0)
        rows += (_take(self.first, atoms) - ends + count).repeat(count)
        having = _take(table, _take(self.second, rows))
        having &= _take(table, atoms).repeat(count)
        kept = (having != 0).nonzero()[0]  # truth values are searched three times as fast as numbers
        rows, having = _take(rows, kept), _take(having, kept)
        having &= np.bitwise_and.reduce(_take(table, self.others.take(rows, 1, mode="clip")), axis=0, initial=EVERY)
        kept = (having != 0).nonzero()[0]
        rows, having = _take(rows, kept), _take(having, kept)
        if self.more:
            having &= self._having_more(rows)
            kept = (having != 0).nonzero()[0]
            rows, having = _take(rows, kept), _take(having, kept)
        return rows, having

    def _having_more(self, rows: Ints) -> Articles:
        """Return the articles that have the atoms that did not fit; few rows have any."""
        having = np.full(len(rows), EVERY)
        for at in _take(self.is_wide, rows).nonzero()[0].tolist():
            for slot in self.more[int(rows[at])]:
                having[at] &= self._having[slot % self.atoms]
        return having

    def _sharing(self, rows: Ints, article: Ints, batch: Marks, atoms: Ints) -> Ints:
        """Return which rows hold in the article beside them: those whose atoms share a place, where they must."""
        scope, size = _take(self.scope, rows), len(atoms) + 1
        bound = (scope != 0).nonzero()[0]
        inside = _take(rows, bound)
        table = np.full((self.scopes - 1) * batch.articles * size, ALL)  # one mask by scope, article and atom
        self._local[atoms] = np.arange(len(atoms))
        self._local[self.atoms] = len(atoms)  # the unused slot, full for every article
        base = (_take(scope, bound) - 1).astype(np.int64) * (batch.articles * size)
        if batch.articles == 1:
            table.reshape(-1, size)[:, :-1] = batch.masks
        else:
            table.reshape(self.scopes - 1, -1)[:, _take(self._local, batch.atom) + batch.article * size] = batch.masks
            base += _take(article, bound) * size
        places = _take(self._local, self.shared.take(inside, 1, mode="clip"))
        places += base
        mask = np.bitwise_and.reduce(_take(table, places), axis=0)
        if self.more:
            for at in _take(self.is_wide, inside).nonzero()[0].tolist():
                for slot in self.more[int(inside[at])]:
                    if slot >= self.atoms:
                        mask[at] &= table[base[at] + self._local[slot % self.atoms]]
        holds = scope == 0
        holds[bound] = mask != 0
        kept: Ints = holds.nonzero()[0]
        return kept


def _used(rows: npt.NDArray[np.int32], unused: int) -> Narrow:
    """Return as many arrays as have anything in use; within a row, what is unused stands behind the rest."""
    return np.ascontiguousarray(rows[:, (rows != unused).any(axis=0)].T, np.int32)


def _moved(
    order: Ints, more: Mapping[int, tuple[int, ...]]
) -> tuple[dict[int, tuple[int, ...]], npt.NDArray[np.bool_]]:
    """Return the slots that did not fit by the sorted row, and which rows have any."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    moved = {int(place[row]): wide for row, wide in more.items()}
    is_wide = np.zeros(len(order), np.bool_)
    is_wide[list(moved)] = True
    return moved, is_wide


def _spread(having: Articles, articles: int) -> tuple[Ints, Ints]:
    """Return each pair of an article and a place of an array of bits of articles."""
    if articles == 1:
        return np.zeros(len(having), np.int64), np.arange(len(having))
    octets = having.astype("<u4").view(np.uint8)
    used = (octets != 0).nonzero()[0]
    bits = np.unpackbits(_take(octets, used), bitorder="little").view(np.bool_).nonzero()[0]
    pairs = _take(used, bits >> 3) * 8 + (bits & 7)
    return pairs & 31, pairs >> 5


def only(hits: Hits, wanted: npt.NDArray[np.bool_]) -> Hits:
    """Return some of the hits."""
    return Hits(hits.articles[wanted], hits.rules[wanted], hits.is_open[wanted])


def by_article(hits: Hits, articles: int) -> list[list[int]]:
    """Return the numbers of the rules of each article, each once, in order."""
    if not len(hits.rules):
        return [NONE] * articles
    pairs = np.sort(hits.rules if articles == 1 else hits.articles << RULE_BITS | hits.rules)
    is_first = np.empty(len(pairs), np.bool_)
    is_first[0] = True
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:])
    pairs = pairs[is_first]
    if articles == 1:
        return [pairs.tolist()]
    bounds = np.searchsorted(pairs, np.arange(articles + 1) << RULE_BITS).tolist()
    numbers = (pairs & (1 << RULE_BITS) - 1).tolist()
    return [numbers[start:end] for start, end in pairwise(bounds)]
