"""Atoms: everything a row of the index can ask of an article, each with a small number.

Besides terms these are choices (`any of`, with the masks of their terms or-ed), terms in certain zones, least numbers
of mentions, and filters on language and source. So a rule with choices, counts and filters is one plain conjunction.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from services.alert.article_view import ArticleView
from services.alert.evaluate import mentions_of
from services.alert.expression import Term

Zones = frozenset[str] | None
FILTERS = ("languages", "tiers", "sources", "not_sources", "countries", "owners")
FOUND = ("languages", "tiers", "sources", "countries", "owners")  # what an article has one of


class Atoms(NamedTuple):
    """What an article has: atoms with the masks of their sentences and paragraphs, and atoms of it as a whole."""

    numbers: list[int]
    sentences: list[int]
    paragraphs: list[int]
    whole: list[int]


@dataclass
class Lexicon:
    """Numbers of atoms, and how to find an article's atoms from its terms. Only grows, so that numbers stay true."""

    numbers: dict[Hashable, int] = field(default_factory=dict)
    terms: dict[Term, int] = field(default_factory=dict)
    zoned: dict[frozenset[str], dict[Term, int]] = field(default_factory=dict)
    choices: dict[int, tuple[int, ...]] = field(default_factory=dict)  # atom of a term → atoms of choices it is in
    counts: dict[Term, tuple[tuple[int, tuple[Term, ...], int, Zones], ...]] = field(default_factory=dict)
    alone: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # counts of one term, by its atom
    filters: dict[tuple[str, str | int], tuple[int, ...]] = field(default_factory=dict)  # by a value they let pass
    exclusions: tuple[tuple[int, frozenset[str] | frozenset[int]], ...] = ()  # sources that are not wanted

    def __len__(self) -> int:
        return len(self.numbers)

    def copy(self) -> "Lexicon":
        """Return a lexicon that can grow while this one is in use."""
        zoned = {zones: dict(terms) for zones, terms in self.zoned.items()}
        return replace(
            self,
            numbers=dict(self.numbers),
            terms=dict(self.terms),
            zoned=zoned,
            choices=dict(self.choices),
            counts=dict(self.counts),
            alone=dict(self.alone),
            filters=dict(self.filters),
        )

    def term(self, term: Term, zones: Zones = None) -> int:
        """Return the atom of a term, in certain zones or anywhere."""
        table = self.terms if zones is None else self.zoned.setdefault(zones, {})
        number = table.get(term)
        if number is None:
            number = table[term] = self._new((term, zones))
        return number

    def choice(self, terms: Iterable[Term], zones: Zones = None) -> int:
        """Return the atom of a choice of terms."""
        chosen = tuple(sorted(set(terms)))
        if len(chosen) == 1:
            return self.term(chosen[0], zones)
        key = ("any", chosen, zones)
        if key not in self.numbers:
            number = self._new(key)
            for term in chosen:
                atom = self.term(term, zones)
                self.choices[atom] = (*self.choices.get(atom, ()), number)
        return self.numbers[key]

    def count(self, terms: Sequence[Term], least: int, zones: Zones = None) -> int:
        """Return the atom of a least number of mentions of some terms together."""
        key = ("count", tuple(sorted(set(terms))), least, zones)
        if key not in self.numbers:
            number = self._new(key)
            if len(set(terms)) == 1 and zones is None and least > 1:
                atom = self.term(terms[0])
                self.alone[atom] = (*self.alone.get(atom, ()), (number, least))
                return number
            for term in set(terms):
                self.counts[term] = (*self.counts.get(term, ()), (number, tuple(terms), least, zones))
        return self.numbers[key]

    def filter(self, name: str, asked: frozenset[str] | frozenset[int]) -> int:
        """Return the atom of one filter, such as languages en or fr."""
        key = ("filter", name, asked)
        if key not in self.numbers:
            number = self._new(key)
            if name == "not_sources":
                self.exclusions = (*self.exclusions, (number, asked))
            for value in asked if name != "not_sources" else ():
                self.filters[name, value] = (*self.filters.get((name, value), ()), number)
        return self.numbers[key]

    def _new(self, key: Hashable) -> int:
        return self.numbers.setdefault(key, len(self.numbers))

    def atoms_of(self, view: ArticleView) -> Atoms:
        """Return the atoms an article has, with the masks of the sentences and of the paragraphs they stand in."""
        atoms = Atoms([], [], [], [])
        self._add_filters(atoms.whole, view)
        self._add_terms(atoms, view, self.terms)
        for zones, terms in self.zoned.items():
            self._add_terms(atoms, view.only(zones), terms)
        if self.counts:
            atoms.whole.extend(set(self._counts_of(view)))
        return atoms

    def _add_filters(self, whole: list[int], view: ArticleView) -> None:
        """Add the filters that an article passes."""
        source, known = view.source, self.filters
        found = (view.language, source.tier, source.id, source.country, source.owner)
        for name, value in zip(FOUND, found, strict=True):
            if value is not None and (name, value) in known:
                whole += known[name, value]
        for number, unwanted in self.exclusions:
            if source.id not in unwanted:
                whole.append(number)

    def _counts_of(self, view: ArticleView) -> Iterator[int]:
        """Yield the least numbers of mentions of several terms, or in some zones, that an article reaches."""
        for term in view.places:
            for number, together, least, zones in self.counts.get(term, ()):
                if mentions_of(together, view if zones is None else view.only(zones)) >= least:
                    yield number

    def _add_terms(self, atoms: Atoms, view: ArticleView, terms: dict[Term, int]) -> None:
        """Add the masks of the terms that stand in a view, of the choices they belong to, and counts they reach."""
        numbers, sentences, paragraphs, whole = atoms
        choices, alone = self.choices, self.alone
        bits = [(1 << number, 1 << paragraph) for number, paragraph in enumerate(view.paragraph_of)]
        chosen: dict[int, tuple[int, int]] = {}
        for term, places in view.places.items():
            atom = terms.get(term)
            if atom is None:
                continue
            in_sentences = in_paragraphs = 0
            for place in places:
                sentence, paragraph = bits[place[0]]
                in_sentences |= sentence
                in_paragraphs |= paragraph
            numbers.append(atom)
            sentences.append(in_sentences)
            paragraphs.append(in_paragraphs)
            if atom in choices:
                for choice in choices[atom]:
                    others = chosen.get(choice, (0, 0))
                    chosen[choice] = others[0] | in_sentences, others[1] | in_paragraphs
            if len(places) > 1 and atom in alone:
                for number, least in alone[atom]:
                    if len(places) >= least:
                        whole.append(number)
        for choice, (in_sentences, in_paragraphs) in chosen.items():
            numbers.append(choice)
            sentences.append(in_sentences)
            paragraphs.append(in_paragraphs)
