"""The index: which of a hundred thousand rules hold for an article; always the same as asking each rule in turn.

Most rules stand in immutable columns; rules that came since stand beside them in a small dict, and rules that went are
skipped. `changed` gives a new index that shares the columns, so that a reload is seen by the next article; `merged`
puts everything into new columns, which takes longer and belongs into a thread.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from services.alert.article_view import ArticleView
from services.alert.columns import ALL, MOST_AT_ONCE, MOST_BITS, WIDTH, Columns, Marks
from services.alert.costs import Costs
from services.alert.evaluate import holds
from services.alert.expression import ARTICLE, Scope
from services.alert.lexicon import Lexicon
from services.alert.rule import Rule
from services.alert.rule_rows import Row, rows_of

MOST_BESIDE = 2000  # rules beside the columns before they are worth merging


@dataclass(frozen=True, slots=True)
class Beside:
    """A row that is not in the columns."""

    number: int
    row: Row
    absent: int | None  # atom


@dataclass(frozen=True)
class RuleIndex:
    """Rules by number; a number is never used twice."""

    rules: dict[int, Rule]
    numbers: dict[str, int]
    lexicon: Lexicon
    scopes: tuple[Scope, ...]
    columns: Columns
    is_alive: npt.NDArray[np.bool_]  # of the rules in the columns
    beside: Mapping[int, tuple[Beside, ...]] = field(default_factory=dict)  # by the first atom of the row
    unbound: tuple[int, ...] = ()  # rules that no single atom is necessary for: always asked
    added: int = 0
    next_number: int = 0

    @classmethod
    def of(cls, rules: Iterable[Rule], frequency: Mapping[int, float] | None = None) -> "RuleIndex":
        """Return the index of some rules, all in columns."""
        lexicon, numbered = Lexicon(), dict(enumerate(rules))
        rows = [(number, row) for number, rule in numbered.items() for row in rows_of(rule, lexicon)]
        scopes = tuple(dict.fromkeys([ARTICLE, *(row.scope for _, row in rows)]))
        absent = [lexicon.choice(row.absent) if row.absent else None for _, row in rows]
        atoms, seen = len(lexicon), {scope: number for number, scope in enumerate(scopes)}
        packed, is_open, unbound = [], [], []
        for (number, row), gone in zip(rows, absent, strict=True):
            slots = _slots(row, seen, atoms)
            if not slots:
                unbound.append(number)
                continue
            width = slots[:WIDTH]
            pad, never = len(scopes) * atoms, len(scopes) * atoms + 1
            packed.append((*width, *(pad,) * (WIDTH - len(width)), never if gone is None else gone, number))
            is_open.append(not row.is_exact or len(slots) > WIDTH)
        often = np.ones(atoms)
        for atom, count in (frequency or {}).items():
            often[atom] = count
        return cls(
            rules=numbered,
            numbers={rule.id: number for number, rule in numbered.items()},
            lexicon=lexicon,
            scopes=scopes,
            columns=Columns.build(packed, atoms=atoms, scopes=len(scopes), frequency=often, is_open=is_open),
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
                one = Beside(number, row, lexicon.choice(row.absent) if row.absent else None)
                beside[first] = (*beside.get(first, ()), one)
            number += 1
        return replace(
            self,
            rules=rules,
            numbers=numbers,
            lexicon=lexicon,
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

    @property
    def is_due(self) -> bool:
        """Whether so much has changed that new columns pay off."""
        return self.added > max(MOST_BESIDE, len(self.rules) // 100)

    def merged(self) -> "RuleIndex":
        """Return the same rules, all in columns."""
        return RuleIndex.of(self.rules.values())

    def match(self, views: Sequence[ArticleView], costs: Costs | None = None) -> list[list[Rule]]:
        """Return for each article the rules that hold, by id."""
        batches = range(0, len(views), MOST_AT_ONCE)
        return [found for at in batches for found in self._match(views[at : at + MOST_AT_ONCE], costs)]

    def _match(self, views: Sequence[ArticleView], costs: Costs | None) -> list[list[Rule]]:
        atoms = [self.lexicon.atoms_of(view) for view in views]
        sure: list[set[int]] = [set() for _ in views]
        asked: list[set[int]] = [set(self.unbound) for _ in views]
        hits = self.columns.match([self._marks(*one) for one in zip(views, atoms, strict=True)])
        kept = self.is_alive[hits.rules].nonzero()[0]
        for article, number, is_open in zip(
            hits.articles[kept].tolist(), hits.rules[kept].tolist(), hits.is_open[kept].tolist(), strict=True
        ):
            is_long = len(views[article].paragraph_of) > MOST_BITS
            (asked if is_open or is_long else sure)[article].add(number)
        for article, (view, found) in enumerate(zip(views, atoms, strict=True)):
            for one in self._beside(view, found):
                (sure if one.row.is_exact else asked)[article].add(one.number)
            for number in asked[article] - sure[article]:
                if _ask(self.rules[number], view, costs):
                    sure[article].add(number)
        return [sorted((self.rules[number] for number in found), key=lambda rule: rule.id) for found in sure]

    def _marks(self, view: ArticleView, atoms: Mapping[int, int]) -> Marks:
        """Return an article for the columns; of one too long for 64 bits every mask is full, and every hit asked."""
        known = {atom: mask for atom, mask in atoms.items() if atom < self.columns.atoms} if self.added else atoms
        if len(view.paragraph_of) > MOST_BITS:
            return Marks([*known], tuple([ALL] * len(known) for _ in self.scopes[1:]))
        masks = tuple([view.spread(mask, scope) for mask in known.values()] for scope in self.scopes[1:])
        return Marks([*known], masks)

    def _beside(self, view: ArticleView, atoms: Mapping[int, int]) -> Iterable[Beside]:
        """Yield the rows beside the columns that hold for an article."""
        if not self.beside:
            return
        for first in self.beside.keys() & atoms.keys():
            for one in self.beside[first]:
                if one.absent in atoms or not all(atom in atoms for atom in one.row.anywhere):
                    continue
                mask = view.everything
                for atom in one.row.together:
                    mask &= view.spread(atoms.get(atom, 0), one.row.scope)
                if mask:
                    yield one


def _ask(rule: Rule, view: ArticleView, costs: Costs | None) -> bool:
    """Return whether an open rule holds."""
    if costs is None:
        return holds(rule, view)
    begun = costs.timer()
    found = holds(rule, view)
    costs.add(rule.id, costs.timer() - begun, candidates=not found)  # a hit is counted with its evidence
    return found


def _slots(row: Row, scopes: Mapping[Scope, int], atoms: int) -> list[int]:
    """Return the slots of a row; an atom that shares a place need not be asked for in the article as well."""
    together = dict.fromkeys(scopes[row.scope] * atoms + atom for atom in row.together)
    anywhere = dict.fromkeys(atom for atom in row.anywhere if atom not in row.together)
    return [*together, *anywhere]
