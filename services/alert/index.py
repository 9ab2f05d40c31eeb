"""The index: which of a hundred thousand rules hold for an article; always the same as asking each rule in turn.

Most rules stand in immutable columns; rules that came since stand beside them in a small dict, and rules that went are
skipped. `changed` gives a new index that shares the columns, so that a reload is seen by the next article; `merged`
puts everything into new columns, which takes longer and belongs into a thread.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.alert.article_view import ArticleView
from services.alert.columns import ABSENT, ALL, MOST_AT_ONCE, MOST_BITS, WIDTH, Columns, Hits, Marks
from services.alert.costs import Costs
from services.alert.evaluate import holds
from services.alert.expression import ARTICLE, PARAGRAPH, SENTENCE, Scope
from services.alert.lexicon import Atoms, Lexicon
from services.alert.rule import Rule
from services.alert.rule_rows import Row, rows_of

MOST_BESIDE = 2000  # rules beside the columns before they are worth merging


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
    scopes: tuple[Scope, ...]
    columns: Columns
    is_alive: npt.NDArray[np.bool_]  # of the rules in the columns
    beside: Mapping[int, tuple[Beside, ...]] = field(default_factory=dict)  # by the first atom of the row
    unbound: tuple[int, ...] = ()  # rules that no single atom is necessary for: always asked
    added: int = 0
    next_number: int = 0

    @classmethod
    def of(cls, rules: Iterable[Rule], frequency: Mapping[Hashable, float] | None = None) -> "RuleIndex":
        """Return the index of some rules, all in columns; `frequency` of atoms as `frequencies` of another index."""
        # Numbers in the order of ids, so that what the columns find is in order already.
        lexicon, numbered = Lexicon(), dict(enumerate(sorted(rules, key=_id)))
        rows = [(number, row) for number, rule in numbered.items() for row in rows_of(rule, lexicon)]
        scopes = tuple(dict.fromkeys([ARTICLE, *(row.scope for _, row in rows)]))
        absent = [_absent(row, lexicon) for _, row in rows]
        atoms, seen = len(lexicon), {scope: number for number, scope in enumerate(scopes)}
        packed, is_open, unbound, more = [], [], [], {}
        for (number, row), gone in zip(rows, absent, strict=True):
            slots = _slots(row, seen, atoms)
            if not slots:
                unbound.append(number)
                continue
            width = slots[:WIDTH]
            pad, never = len(scopes) * atoms, len(scopes) * atoms + 1
            packed.append((*width, *(pad,) * (WIDTH - len(width)), *gone, *(never,) * (ABSENT - len(gone)), number))
            is_open.append(not row.is_exact)
            if len(slots) > WIDTH:
                more[len(packed) - 1] = tuple(slots[WIDTH:])
        return cls(
            rules=numbered,
            numbers={rule.id: number for number, rule in numbered.items()},
            lexicon=lexicon,
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
                one = Beside(number, row, _absent(row, lexicon))
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
        atoms = [self.lexicon.atoms_of(view) for view in views]
        is_long = [len(view.paragraph_of) > MOST_BITS for view in views]
        hits = self.columns.match([self._marks(*one) for one in zip(views, atoms, is_long, strict=True)])
        if self.added:
            hits = _only(hits, self.is_alive.take(hits.rules))
        is_open = hits.is_open | np.array(is_long).take(hits.articles) if any(is_long) else hits.is_open
        if is_open.any():
            sure = _by_article(_only(hits, ~is_open), len(views), len(self.is_alive))
            asked = _by_article(_only(hits, is_open), len(views), len(self.is_alive))
        else:
            sure, asked = _by_article(hits, len(views), len(self.is_alive)), [_NONE] * len(views)
        return [self._settled(*one, costs) for one in zip(views, atoms, sure, asked, strict=True)]

    def _settled(
        self, view: ArticleView, atoms: Atoms, sure: list[int], asked: list[int], costs: Costs | None
    ) -> list[int]:
        """Return the rules that hold for an article: those that the columns are sure of, and those that were asked."""
        if not (asked or self.beside or self.unbound):
            return sure
        numbers, doubtful = set(sure), {*asked, *self.unbound}
        for one in self._beside(view, atoms):
            (numbers if one.row.is_exact else doubtful).add(one.number)
        numbers.update(number for number in doubtful - numbers if _ask(self.rules[number], view, costs))
        # Numbers of rules in the columns are in the order of ids; those beside them are not.
        return sorted(numbers, key=(lambda number: self.rules[number].id) if self.beside else None)

    def _marks(self, view: ArticleView, atoms: Atoms, is_long: bool) -> Marks:
        """Return an article for the columns; of one too long for 64 bits every mask is full, and every hit asked."""
        numbers, sentences, paragraphs, whole = atoms
        if self.added:
            most = self.columns.atoms
            kept = [place for place, atom in enumerate(numbers) if atom < most]
            numbers, sentences = [numbers[place] for place in kept], [sentences[place] for place in kept]
            paragraphs, whole = [paragraphs[place] for place in kept], [atom for atom in whole if atom < most]
        known, full = numbers + whole, [ALL] * len(whole)
        if is_long:
            return Marks(known, tuple([ALL] * len(known) for _ in self.scopes[1:]))
        masks = []
        for scope in self.scopes[1:]:
            if scope == SENTENCE:
                masks.append(sentences + full)
            elif scope == PARAGRAPH:
                masks.append(paragraphs + full)
            else:
                masks.append([view.spread(mask, scope) for mask in sentences] + full)
        return Marks(known, tuple(masks))

    def _beside(self, view: ArticleView, atoms: Atoms) -> Iterable[Beside]:
        """Yield the rows beside the columns that hold for an article."""
        if not self.beside:
            return
        sentences = dict(zip(atoms.numbers, atoms.sentences, strict=True))
        whole = {*atoms.numbers, *atoms.whole}
        for first in self.beside.keys() & whole:
            for one in self.beside[first]:
                if any(atom in whole for atom in one.absent) or not all(atom in whole for atom in one.row.anywhere):
                    continue
                mask = view.everything
                for atom in one.row.together:
                    mask &= view.spread(sentences.get(atom, 0), one.row.scope)
                if mask:
                    yield one


def _id(rule: Rule) -> str:
    return rule.id


def _absent(row: Row, lexicon: Lexicon) -> tuple[int, ...]:
    """Return the atoms that must be absent: the terms themselves, or one choice when they are more than fit."""
    terms = tuple(dict.fromkeys(row.absent))
    if len(terms) > ABSENT:
        return (lexicon.choice(terms),)
    return tuple(lexicon.term(term) for term in terms)


_NONE: list[int] = []


def _only(hits: Hits, wanted: npt.NDArray[np.bool_]) -> Hits:
    return Hits(hits.articles[wanted], hits.rules[wanted], hits.is_open[wanted])


def _by_article(hits: Hits, articles: int, rules: int) -> list[list[int]]:
    """Return the numbers of the rules of each article, each once, in order."""
    pairs = hits.rules if articles == 1 else hits.articles * max(rules, 1) + hits.rules
    if not len(pairs):
        return [_NONE] * articles
    pairs = np.sort(pairs)
    is_first = np.empty(len(pairs), np.bool_)
    is_first[0] = True
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:])
    pairs = pairs[is_first]
    if articles == 1:
        return [pairs.tolist()]
    bounds = np.searchsorted(pairs, np.arange(articles + 1) * max(rules, 1)).tolist()
    numbers = (pairs % max(rules, 1)).tolist()
    return [numbers[start:end] for start, end in pairwise(bounds)]


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


def _slots(row: Row, scopes: Mapping[Scope, int], atoms: int) -> list[int]:
    """Return the slots of a row; an atom that shares a place need not be asked for in the article as well."""
    together = dict.fromkeys(scopes[row.scope] * atoms + atom for atom in row.together)
    anywhere = dict.fromkeys(atom for atom in row.anywhere if atom not in row.together)
    return [*together, *anywhere]
