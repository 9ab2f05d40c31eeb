"""The index's columns: rows of a hundred thousand rules as numpy arrays, matched against a batch of articles at once.

A *row* is a conjunction: up to five slots that must share a place, and two atoms that must be absent. A *slot* is an
atom (a small int) seen through a scope: `scope * atoms + atom`. Rows stand sorted by their rarest atom, so a batch
looks only at rows whose rarest atom one of its articles has, and at each of them once: 32 bits say which articles have
an atom, and and-ing them leaves the articles that have all. Only for these the masks of sentences or paragraphs are
and-ed, which leaves the proof. For one article these masks alone say it all: an atom that it lacks has an empty one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

WIDTH = 5  # slots in a row
ABSENT = 2  # atoms that must be absent
UNUSED = -1  # for rows with fewer slots, or with less that must be absent
MOST_BITS = 64  # sentences or paragraphs in a mask
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
EVERY = np.uint32(0xFFFFFFFF)
FLAGS, OPEN, BOUND, WIDE = 3, 1, 2, 4  # in the end of a line: the rule needs a closer look, a scope, has `more`
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
    """Immutable rows, and the scratch tables that a call fills and clears (one call at a time).

    Tables go by slot or by atom. Of each the last, which unused places of a row lead to, is true of every article.
    """

    atoms: int
    scopes: int
    second: Narrow  # the rarest atom but one
    lines: Narrow  # of each row: slots that must be there, atoms that must be absent, and its end: rule and flags
    needed: int  # slots of a line that must be there
    more: dict[int, Ints]  # by row, the slots that did not fit
    first: Ints  # for each atom, its first row
    count: Ints  # and how many rows it has

    def __post_init__(self) -> None:
        shape, absent = (self.scopes + 1, self.atoms + 1), self.scopes
        self._has = np.zeros(shape[1], np.bool_)  # for each atom whether the article has it
        self._having = np.zeros(shape, np.uint32)  # for each slot which articles have its atom
        self._masks = np.zeros(shape, np.uint64)  # for each slot the places of its atom in the article
        self._local = np.zeros((self.scopes, shape[1]), np.int32)  # for each slot its number among those of a batch
        self._has[-1], self._having[:, -1], self._masks[:, -1] = True, EVERY, ALL
        self._having[absent], self._masks[absent] = EVERY, ALL
        self._nothing = self._masks[:, 0].copy()
        self._after = self.first + self.count
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
        width, every = WIDTH + ABSENT + 1, atoms + 1
        flat = np.fromiter(chain.from_iterable(rows), np.int32, len(rows) * width).reshape(-1, width)
        by_rarity = np.argsort(frequency, kind="stable").astype(np.int32)
        rarity = np.empty(atoms, np.int32)
        rarity[by_rarity] = np.arange(atoms)
        # A key is the rarity of a slot's atom, and its scope. UNUSED (-1) finds the last: the least rare.
        key_of = np.append(np.add.outer(np.arange(scopes), rarity * scopes), atoms * scopes).astype(np.int32)
        slot_of = np.add.outer(np.append(by_rarity, atoms), np.arange(scopes) * every).astype(np.int32).ravel()
        keys = _rarest_first(key_of[flat[:, :WIDTH].T])
        order = np.argsort(keys[0].astype(np.int64) << 32 | keys[1])
        keys = keys[:, order]
        starts = np.searchsorted(keys[0], np.arange(every) * scopes)
        needed = _used(slot_of[keys], atoms)
        absent = np.where(flat[:, WIDTH:-1] == UNUSED, atoms, flat[:, WIDTH:-1] + scopes * every)[order].T
        ends = flat[order, -1] << FLAGS
        ends[(keys % scopes).any(axis=0)] |= BOUND
        if is_open:
            ends[np.fromiter(is_open, np.bool_, len(rows))[order]] |= OPEN
        moved = _moved(order, more or {}, atoms)
        ends[list(moved)] |= WIDE
        return cls(
            atoms=atoms,
            scopes=scopes,
            second=slot_of[keys[1]] % every,
            lines=np.ascontiguousarray(np.vstack((needed, _used(absent, atoms), ends)).T, np.int32),
            needed=len(needed),
            more=moved,
            first=starts[rarity],
            count=np.diff(starts)[rarity],
        )

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        return sum(array.nbytes for array in (self.second, self.lines, self.first, self.count))

    def match(self, batch: Marks) -> Hits:
        """Return the rows that hold for each of at most MOST_AT_ONCE articles."""
        return self._match_one(batch) if batch.articles == 1 else self._match_many(batch)

    def _match_one(self, article: Marks) -> Hits:
        """Return the rows that hold for one article; what it has not, and what it must not have, has no place in it."""
        atoms = article.atom
        self.seen[atoms] += 1
        rows = self._rows(atoms, _take(self.count, atoms))
        self._has[atoms] = True
        rows = _take(rows, _take(self._has, _take(self.second, rows)).nonzero()[0])
        self._has[atoms] = False
        _fill(self._masks, atoms, (ALL, *article.masks, 0))
        lines = self.lines.take(rows, 0, mode="clip").T
        masks = np.bitwise_and.reduce(_take(self._masks, lines[:-1]), axis=0)
        kept = (masks != 0).nonzero()[0]
        ends = _take(lines[-1], kept)
        if self.more and len(wide := (ends & WIDE).nonzero()[0]):
            wide = _take(kept, wide)
            masks[wide] = self._with_more(_take(rows, wide), _take(masks, wide), self._masks)
            ends = _take(lines[-1], (masks != 0).nonzero()[0])
        _fill(self._masks, atoms, self._nothing)
        return _hits(np.zeros(len(ends), np.int64), ends)

    def _match_many(self, batch: Marks) -> Hits:
        """Return the rows that hold for each article of a batch; each row is looked at once for all of them."""
        atoms, having = self._seen_in(batch)
        _fill(self._having, atoms, (*[having] * self.scopes, ~having))
        rows, lines, having = self._having_all(atoms, having)
        _fill(self._having, atoms, self._nothing.astype(np.uint32))
        article, place = _spread(having)
        ends = _take(lines[:, -1], place)
        bound = (ends & BOUND).nonzero()[0]
        is_kept = np.ones(len(ends), np.bool_)
        inside = _take(place, bound)
        lines = lines.take(inside, 0, mode="clip").T
        is_kept[bound] = self._sharing(_take(rows, inside), lines, _take(article, bound), batch, atoms)
        kept = is_kept.nonzero()[0]
        return _hits(_take(article, kept), _take(ends, kept))

    def _rows(self, atoms: Ints, count: Ints) -> Ints:
        """Return the rows of some atoms."""
        ends = count.cumsum()
        rows: Ints = (_take(self._after, atoms) - ends).repeat(count)
        rows += np.arange(len(rows))
        return rows

    def _seen_in(self, batch: Marks) -> tuple[Ints, Articles]:
        """Return the atoms of a batch, each once, and which articles have it; they are counted."""
        np.add.at(self.seen, batch.atom, 1)
        having, last, number = self._having[0], self._local[0], np.arange(len(batch.atom))
        np.bitwise_or.at(having, batch.atom, np.left_shift(np.uint32(1), batch.article.astype(np.uint32)))
        last[batch.atom] = number
        atoms = batch.atom[_take(last, batch.atom) == number]
        last[atoms] = 0
        return atoms, _take(having, atoms)

    def _having_all(self, atoms: Ints, having: Articles) -> tuple[Ints, Narrow, Articles]:
        """Return rows, their lines, and the articles that have all they need and nothing else; never without any."""
        count = _take(self.count, atoms)
        rows, having = self._rows(atoms, count), having.repeat(count)
        having &= _take(self._having[0], _take(self.second, rows))
        kept = (having != 0).nonzero()[0]  # truth values are searched three times as fast as numbers
        rows, having = _take(rows, kept), _take(having, kept)
        lines = self.lines.take(rows, 0, mode="clip")
        having &= np.bitwise_and.reduce(_take(self._having, lines.T[min(2, self.needed) : -1]), axis=0, initial=EVERY)
        if self.more and len(wide := ((having != 0) & (lines[:, -1] & WIDE != 0)).nonzero()[0]):
            having[wide] = self._with_more(_take(rows, wide), _take(having, wide), self._having)
        kept = (having != 0).nonzero()[0]
        return _take(rows, kept), lines.take(kept, 0, mode="clip"), _take(having, kept)

    def _with_more(
        self, rows: Ints, masks: npt.NDArray[Scalar], table: npt.NDArray[Scalar], base: Ints | None = None
    ) -> npt.NDArray[Scalar]:
        """Return the masks of wide rows, and-ed with those of the slots that did not fit; few rows have any."""
        for at, row in enumerate(rows.tolist()):
            places = self.more[row] if base is None else _take(self._local, self.more[row]) + base[at]
            masks[at] &= np.bitwise_and.reduce(_take(table, places))
        return masks

    def _sharing(self, rows: Ints, lines: Narrow, article: Ints, batch: Marks, atoms: Ints) -> npt.NDArray[np.bool_]:
        """Return whether the atoms of each row share a place in the article beside it."""
        size, number = (self.scopes - 1) * len(atoms) + 1, np.arange(len(atoms))
        for scope, local in enumerate(self._local[1:]):
            local[atoms] = number + (scope * len(atoms) + 1)
        table = np.empty(batch.articles * size, np.uint64)  # a mask by article and slot; 0 is any slot of the article
        table[::size] = ALL
        for local, mask in zip(self._local[1:], batch.masks, strict=True):
            table[_take(local, batch.atom) + batch.article * size] = mask
        base = article * size
        masks = np.bitwise_and.reduce(_take(table, _take(self._local, lines[: self.needed]) + base), axis=0)
        if self.more and len(wide := (lines[-1] & WIDE).nonzero()[0]):
            masks[wide] = self._with_more(_take(rows, wide), _take(masks, wide), table, _take(base, wide))
        is_shared: npt.NDArray[np.bool_] = masks != 0
        return is_shared


def _fill(table: npt.NDArray[Any], atoms: Ints, values: Iterable[Any]) -> None:
    """Fill a table by kind of slot and atom."""
    for kind, value in zip(table, values, strict=True):
        kind[atoms] = value


def _hits(articles: Ints, ends: Narrow) -> Hits:
    """Return the rows that hold by the ends of their lines."""
    return Hits(articles, ends >> FLAGS, (ends & OPEN) != 0)


def _rarest_first(keys: Narrow) -> Narrow:
    """Return keys sorted within each row; a row is one of each of the arrays, and few of them: by exchanges."""
    for last in range(len(keys) - 1, 0, -1):
        for at in range(last):
            lower = np.minimum(keys[at], keys[at + 1])
            np.maximum(keys[at], keys[at + 1], out=keys[at + 1])
            keys[at] = lower
    return keys


def _used(rows: Narrow, unused: int) -> Narrow:
    """Return as many arrays as have anything in use."""
    used: Narrow = rows[(rows != unused).any(axis=1)]
    return used


def _moved(order: Ints, more: Mapping[int, tuple[int, ...]], atoms: int) -> dict[int, Ints]:
    """Return the slots that did not fit by the sorted row, as the tables go."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return {int(place[row]): np.array([slot + slot // atoms for slot in wide]) for row, wide in more.items()}


def _spread(having: Articles) -> tuple[Ints, Ints]:
    """Return each pair of an article and a place of an array of bits of articles."""
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
