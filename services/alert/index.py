"""The index: which of a hundred thousand rules hold for an article; always the same as asking each rule in turn.

Most rules stand in immutable columns; rules that came since stand beside them in a small dict, and rules that went are
skipped. `changed` gives a new index that shares the columns, so that a reload is seen by the next article; `merged`
puts everything into new columns, which takes longer and belongs into a thread.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from services.alert.article_view import ArticleView
from services.alert.clauses import ARTICLE, PARAGRAPH, SENTENCE, Scope
from services.alert.clauses.row import Row
from services.alert.columns import (
    ABSENT,
    ALL,
    MOST_AT_ONCE,
    MOST_BITS,
    NONE,
    UNUSED,
    WIDTH,
    Columns,
    Marks,
    by_article,
    only,
)
from services.alert.costs import Costs
from services.alert.evaluate import holds
from services.alert.lexicon import Lexicon
from services.alert.rest import Rest, no_rest
from services.alert.rule import Rule
from services.alert.rule_rows import absent_atoms, rows_of, slots_of
from services.alert.views_to_atoms import Atoms, AtomTables, views_to_atoms

MOST_BESIDE = 2000  # rules beside the columns before they are worth merging
_NO_SLOTS, _NO_ATOMS = (UNUSED,) * WIDTH, (UNUSED,) * ABSENT  # fill up a row


@dataclass(frozen=True, slots=True)
class Beside:
    """A row that is not in the columns."""

    number: int
    row: Row
    absent: tuple[int, ...]  # atoms


@dataclass(frozen=True)
class RuleIndex:
    """Rules by number; a number is never used twice."""

    rules: dict[int, Rule]
    numbers: dict[str, int]
    lexicon: Lexicon
    tables: AtomTables  # of the lexicon
    scopes: tuple[Scope, ...]
    columns: Columns
    is_alive: npt.NDArray[np.bool_]  # of the rules in the columns
    beside: Mapping[int, tuple[Beside, ...]] = field(default_factory=dict)  # by the first atom of the row
    unbound: tuple[int, ...] = ()  # rules that no single atom is necessary for: always asked
    added: int = 0
    next_number: int = 0

    @classmethod
    def of(
        cls, rules: Iterable[Rule], frequency: Mapping[Hashable, float] | None = None, rest: Rest = no_rest
    ) -> "RuleIndex":
        """Return the index of some rules, all in columns; `frequency` of atoms as `frequencies` of another index.

        `rest` is called between any two rules.
        """
        # Numbers in the order of ids, so that what the columns find is in order already.
        lexicon, numbered = Lexicon(), dict(enumerate(sorted(rules, key=_id)))
        rows: list[tuple[int, Row]] = []
        for number, rule in numbered.items():
            rest()
            rows += [(number, row) for row in rows_of(rule, lexicon)]
        scopes = tuple(dict.fromkeys([ARTICLE, *(row.scope for _, row in rows)]))
        absent = [absent_atoms(row, lexicon) for _, row in rows]
        atoms, seen = len(lexicon), {scope: number for number, scope in enumerate(scopes)}
        packed, is_open, unbound, more = [], [], [], {}
        for (number, row), gone in zip(rows, absent, strict=True):
            rest()
            slots = slots_of(row, seen, atoms)
            if not slots:
                unbound.append(number)
                continue
            packed.append((*slots[:WIDTH], *_NO_SLOTS[len(slots) :], *gone, *_NO_ATOMS[len(gone) :], number))
            is_open.append(not row.is_exact)
            if len(slots) > WIDTH:
                more[len(packed) - 1] = tuple(slots[WIDTH:])
        return cls(
            rules=numbered,
            numbers={rule.id: number for number, rule in numbered.items()},
            lexicon=lexicon,
            tables=AtomTables.of(lexicon),
            scopes=scopes,
            columns=Columns.build(
                packed,
                atoms=atoms,
                scopes=len(scopes),
                frequency=_frequencies(lexicon, packed, frequency or {}),
                is_open=is_open,
                more=more,
            ),
            is_alive=np.ones(len(numbered), np.bool_),
            unbound=tuple(dict.fromkeys(unbound)),
            next_number=len(numbered),
        )

    def changed(self, *, add: Iterable[Rule] = (), remove: Iterable[str] = ()) -> "RuleIndex":
        """Return the index with some rules more and some less; an added rule replaces the one with its id."""
        added = {rule.id: rule for rule in add}
        rules, numbers, lexicon = dict(self.rules), dict(self.numbers), self.lexicon.copy()
        is_alive, gone = self.is_alive.copy(), set()
        for id in {*remove, *added} & numbers.keys():
            number = numbers.pop(id)
            del rules[number]
            gone.add(number)
            if number < len(is_alive):
                is_alive[number] = False
        beside = {
            atom: kept
            for atom, found in self.beside.items()
            if (kept := tuple(one for one in found if one.number not in gone))
        }
        unbound = [number for number in self.unbound if number not in gone]
        number = self.next_number
        for rule in added.values():
            rules[number], numbers[rule.id] = rule, number
            for row in rows_of(rule, lexicon):
                first = next(iter((*row.together, *row.anywhere)), None)
                if first is None:
                    unbound.append(number)
                    continue
                one = Beside(number, row, absent_atoms(row, lexicon))
                beside[first] = (*beside.get(first, ()), one)
            number += 1
        return replace(
            self,
            rules=rules,
            numbers=numbers,
            lexicon=lexicon,
            tables=AtomTables.of(lexicon),
            is_alive=is_alive,
            beside=beside,
            unbound=tuple(dict.fromkeys(unbound)),
            added=self.added + len(added) + len(gone),
            next_number=number,
        )

    @property
    def by_id(self) -> dict[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.rules.values()}

    def is_due(self, changes: int) -> bool:
        """Return whether so much will have changed with these changes that new columns pay off."""
        return self.added + changes > max(MOST_BESIDE, len(self.rules) // 100)

    def merged(self) -> "RuleIndex":
        """Return the same rules, all in columns."""
        return RuleIndex.of(self.rules.values(), self.frequencies())

    def frequencies(self) -> dict[Hashable, float]:
        """Return how often each atom was seen in articles so far."""
        seen = self.columns.seen
        return {key: float(seen[atom]) for key, atom in self.lexicon.numbers.items() if atom < len(seen) and seen[atom]}

    def match(self, views: Sequence[ArticleView], costs: Costs | None = None) -> list[list[Rule]]:
        """Return for each article the rules that hold, by id."""
        rules = self.rules
        return [[rules[number] for number in numbers] for numbers in self.match_numbers(views, costs)]

    def match_numbers(self, views: Sequence[ArticleView], costs: Costs | None = None) -> list[list[int]]:
        """Return for each article the numbers of the rules that hold, in the order of their ids."""
        batches = range(0, len(views), MOST_AT_ONCE)
        return [found for at in batches for found in self._match(views[at : at + MOST_AT_ONCE], costs)]

    def _match(self, views: Sequence[ArticleView], costs: Costs | None) -> list[list[int]]:
        atoms = views_to_atoms(views, self.tables)
        lengths = [len(view.paragraph_of) for view in views]
        hits = self.columns.match(self._marks(lengths, atoms))
        if self.added:
            hits = only(hits, self.is_alive.take(hits.rules))
        is_open = hits.is_open
        if max(lengths) > MOST_BITS:
            is_open = is_open | (np.array(lengths) > MOST_BITS).take(hits.articles)
        if not is_open.any():
            sure, asked = by_article(hits, len(views)), [NONE] * len(views)
            if not self.beside and not self.unbound:
                return sure
        else:
            sure, asked = (by_article(only(hits, wanted), len(views)) for wanted in (~is_open, is_open))
        beside = self._beside(views, atoms) if self.beside else [_NO_ROWS] * len(views)
        return [self._settled(*one, costs) for one in zip(views, beside, sure, asked, strict=True)]

    def _settled(
        self, view: ArticleView, beside: list[Beside], sure: list[int], asked: list[int], costs: Costs | None
    ) -> list[int]:
        """Return the rules that hold for an article: those that the columns are sure of, and those that were asked."""
        if not (asked or beside or self.unbound):
            return sure
        numbers, doubtful = set(sure), {*asked, *self.unbound}
        for one in beside:
            is_sure = one.row.is_exact and len(view.paragraph_of) <= MOST_BITS
            (numbers if is_sure else doubtful).add(one.number)
        numbers.update(number for number in doubtful - numbers if _ask(self.rules[number], view, costs))
        # Numbers of rules in the columns are in the order of ids; those beside them are not.
        return sorted(numbers, key=(lambda number: self.rules[number].id) if self.added else None)

    def _marks(self, lengths: list[int], atoms: Atoms) -> Marks:
        """Return articles for the columns; of one too long for 64 bits every mask is full, and every hit asked."""
        if self.added:
            atoms = atoms.below(self.columns.atoms)
        masks = []
        for scope in self.scopes[1:]:
            if scope == SENTENCE:
                masks.append(atoms.sentences)
            elif scope == PARAGRAPH:
                masks.append(atoms.paragraphs)
            else:
                masks.append(atoms.in_a_row(scope.size, lengths))
        if max(lengths) > MOST_BITS:
            is_long = (np.array(lengths) > MOST_BITS)[atoms.article]
            masks = [np.where(is_long, ALL, mask) for mask in masks]
        return Marks(len(lengths), atoms.article, atoms.atom, tuple(masks))

    def _beside(self, views: Sequence[ArticleView], atoms: Atoms) -> list[list[Beside]]:
        """Return for each article the rows beside the columns that hold; of one too long for 64 bits, that may."""
        masks: list[dict[int, int]] = [{} for _ in views]
        for article, atom, mask in zip(*(one.tolist() for one in atoms[:3]), strict=True):
            masks[article][atom] = mask
        return [list(self._beside_one(view, mine)) for view, mine in zip(views, masks, strict=True)]

    def _beside_one(self, view: ArticleView, masks: Mapping[int, int]) -> Iterator[Beside]:
        is_long = len(view.paragraph_of) > MOST_BITS
        for first in self.beside.keys() & masks.keys():
            for one in self.beside[first]:
                if any(atom in masks for atom in one.absent) or not all(atom in masks for atom in one.row.anywhere):
                    continue
                mask = view.everything
                for atom in one.row.together:
                    mask &= view.spread(masks.get(atom, 0), one.row.scope) if not is_long else -(atom in masks)
                if mask:
                    yield one


def _id(rule: Rule) -> str:
    return rule.id


_NO_ROWS: list[Beside] = []


def _frequencies(
    lexicon: Lexicon, rows: Sequence[tuple[int, ...]], seen: Mapping[Hashable, float]
) -> npt.NDArray[np.float64]:
    """Return how frequent atoms are in articles: as seen, and before that as in the rules.

    What many rules ask for stands in many articles; languages and tiers stand in nearly all.
    """
    atoms = len(lexicon)
    used = np.array([slot for row in rows for slot in row[:WIDTH]], np.int64)
    often = np.bincount(used % max(atoms, 1), minlength=atoms).astype(np.float64)[:atoms] if atoms else np.zeros(0)
    for key, atom in lexicon.numbers.items():
        if isinstance(key, tuple) and key[0] == "filter" and key[1] != "sources":
            often[atom] = np.inf if key[1] == "not_sources" else 1e9
        elif seen:
            often[atom] = seen.get(key, 0.0)
    return often


def _ask(rule: Rule, view: ArticleView, costs: Costs | None) -> bool:
    """Return whether an open rule holds."""
    if costs is None:
        return holds(rule, view)
    begun = costs.timer()
    found = holds(rule, view)
    costs.add(rule.id, costs.timer() - begun, candidates=not found)  # a hit is counted with its evidence
    return found
