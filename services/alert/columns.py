"""The index's columns: rows of a hundred thousand rules as numpy arrays, matched against a batch of articles at once.

A *row* is a conjunction: up to five slots that must share a place, and two atoms that must be absent. A *slot* is an
atom (a small int) seen through a scope: `scope * atoms + atom`. For each article a table holds one 64-bit mask for each
slot: the sentences, the paragraphs, or, for the article as a whole, all ones. Rows stand sorted by their rarest atom,
so an article looks only at the rows whose rarest atom it mentions, and and-ing the masks of a row's slots leaves its
proof.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

WIDTH = 5  # slots in a row
ABSENT = 2  # atoms that must be absent
ALL = 0xFFFFFFFFFFFFFFFF
MOST_BITS = 64
MOST_AT_ONCE = 16  # articles in one call; more of them no longer fit the processor's cache

Ints = npt.NDArray[np.int64]


Scalar = TypeVar("Scalar", bound=np.generic)


class Marks(NamedTuple):
    """An article for the columns: its atoms, and for each scope but the first the mask of each atom."""

    atoms: list[int]
    masks: tuple[list[int], ...]


class Hits(NamedTuple):
    """Rows that hold: number of the article in the batch, number of the rule, and whether it needs a closer look."""

    articles: Ints
    rules: Ints
    is_open: npt.NDArray[np.bool_]


def _take(array: npt.NDArray[Scalar], places: Ints) -> npt.NDArray[Scalar]:
    """Return array[places]; the places are known to be inside, so that numpy need not look first."""
    return array.take(places, mode="clip")


@dataclass
class Columns:
    """Immutable rows, and the scratch table that a call fills and clears (one call at a time)."""

    atoms: int
    scopes: int
    slots: tuple[Ints, ...]  # WIDTH arrays; the first is the rarest atom's
    absent: tuple[Ints, ...]  # ABSENT arrays
    rules: Ints
    is_open: npt.NDArray[np.bool_]
    more: dict[int, tuple[int, ...]]  # by row, the slots that did not fit
    is_wide: npt.NDArray[np.bool_]  # whether a row has more
    first: Ints  # for each atom, its first row
    count: Ints  # and how many rows it has

    def __post_init__(self) -> None:
        self.width = self.scopes * self.atoms + 2
        self._table = np.zeros(0, np.uint64)
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
        """Return the columns of rows (WIDTH slots, ABSENT atoms, rule); see `pad` and `never` for what is not used.

        `more` has, by row, the slots that did not fit. `frequency` says for each atom how many articles have it; it
        decides speed, never results.
        """
        pad = scopes * atoms
        flat = np.fromiter(chain.from_iterable(rows), np.int32, len(rows) * (WIDTH + ABSENT + 1)).reshape(
            -1, WIDTH + ABSENT + 1
        )
        slots = flat[:, :WIDTH]
        opened = np.fromiter(is_open, np.bool_) if is_open else np.zeros(len(rows), np.bool_)
        cost = np.append(frequency, np.inf)[np.where(slots == pad, atoms, slots % max(atoms, 1))]
        slots = np.take_along_axis(slots, np.argsort(cost, axis=1, kind="stable"), axis=1)
        pivot = slots[:, 0] % max(atoms, 1)
        order = np.lexsort((slots[:, 1], pivot))
        pivot = pivot[order]
        place = np.empty(len(rows), np.int64)
        place[order] = np.arange(len(rows))
        moved = {int(place[row]): wide for row, wide in (more or {}).items()}
        is_wide = np.zeros(len(rows), np.bool_)
        is_wide[list(moved)] = True
        first = np.searchsorted(pivot, np.arange(atoms), "left")
        last = np.searchsorted(pivot, np.arange(atoms), "right")
        return cls(
            atoms=atoms,
            scopes=scopes,
            slots=tuple(slots[order, column].astype(np.int64) for column in range(WIDTH)),
            absent=tuple(flat[order, WIDTH + column].astype(np.int64) for column in range(ABSENT)),
            rules=flat[order, WIDTH + ABSENT].astype(np.int64),
            is_open=opened[order],
            more=moved,
            is_wide=is_wide,
            first=first.astype(np.int64),
            count=(last - first).astype(np.int64),
        )

    @property
    def pad(self) -> int:
        """The slot that is always full: for rows with fewer slots."""
        return self.scopes * self.atoms

    @property
    def never(self) -> int:
        """The slot that is always empty: for rows in which nothing must be absent."""
        return self.scopes * self.atoms + 1

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        arrays = (*self.slots, *self.absent, self.rules, self.is_open, self.is_wide, self.first, self.count)
        return sum(array.nbytes for array in arrays)

    def match(self, batch: Sequence[Marks]) -> Hits:
        """Return the rows that hold for each of some articles."""
        table = self._table_for(len(batch))
        written, atom, base = self._fill(table, batch)
        rows, offset = self._candidates(atom, base)
        mask = _take(table, _take(self.slots[1], rows) + offset)
        for column in (0, 2, 3, 4):
            kept = mask.nonzero()[0]
            rows, offset, mask = _take(rows, kept), _take(offset, kept), _take(mask, kept)
            mask &= _take(table, _take(self.slots[column], rows) + offset)
        present = _take(table, _take(self.absent[0], rows) + offset)
        present |= _take(table, _take(self.absent[1], rows) + offset)
        mask[present != 0] = 0
        kept = mask.nonzero()[0]
        rows, offset = _take(rows, kept), _take(offset, kept)
        if self.more:
            rows, offset = self._narrowed(table, rows, offset, _take(mask, kept))
        table[written] = 0
        return Hits(offset // self.width, _take(self.rules, rows), _take(self.is_open, rows))

    def _narrowed(
        self, table: npt.NDArray[np.uint64], rows: Ints, offset: Ints, mask: npt.NDArray[np.uint64]
    ) -> tuple[Ints, Ints]:
        """Return the rows that hold with the slots that did not fit, too; few rows have any."""
        dropped = []
        for at in _take(self.is_wide, rows).nonzero()[0].tolist():
            left = mask[at]
            for slot in self.more[int(rows[at])]:
                left &= table[slot + offset[at]]
            if not left:
                dropped.append(at)
        return (np.delete(rows, dropped), np.delete(offset, dropped)) if dropped else (rows, offset)

    def _table_for(self, articles: int) -> npt.NDArray[np.uint64]:
        if len(self._table) < articles * self.width:
            self._table = np.zeros(articles * self.width, np.uint64)
            self._table[self.pad :: self.width] = ALL
        return self._table

    def _fill(self, table: npt.NDArray[np.uint64], batch: Sequence[Marks]) -> tuple[Ints, Ints, Ints]:
        """Write the masks of the articles; return what was written where, and each atom with its article's offset."""
        atom = np.array([one for marks in batch for one in marks.atoms], np.int64)
        np.add.at(self.seen, atom, 1)
        base = np.repeat(np.arange(len(batch)) * self.width, [len(marks.atoms) for marks in batch])
        n = len(atom)
        places = np.empty(n * self.scopes, np.int64)
        values = np.empty(n * self.scopes, np.uint64)
        np.add(base, atom, out=places[:n])
        values[:n] = ALL
        for scope in range(1, self.scopes):
            np.add(places[:n], scope * self.atoms, out=places[scope * n : (scope + 1) * n])
            values[scope * n : (scope + 1) * n] = [one for marks in batch for one in marks.masks[scope - 1]]
        table[places] = values
        return places, atom, base

    def _candidates(self, atom: Ints, base: Ints) -> tuple[Ints, Ints]:
        """Return the rows whose rarest atom an article has, each with its article's offset."""
        count = self.count.take(atom)
        start = self.first.take(atom)
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        rows = np.arange(total)
        rows += np.repeat(start - ends + count, count)
        return rows, np.repeat(base, count)
