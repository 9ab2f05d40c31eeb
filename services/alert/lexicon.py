"""Atoms: everything a row of the index can ask of an article, each with a small number.

Besides terms these are choices (`any of`, with the masks of their terms or-ed), terms in certain zones, least numbers
of mentions, and filters on language and source. So a rule with choices, counts and filters is one plain conjunction.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from services.alert.article_view import ArticleView
from services.alert.evaluate import mentions_of, passes
from services.alert.expression import Term
from services.alert.rule import Where

Zones = frozenset[str] | None
FILTERS = ("languages", "tiers", "sources", "not_sources", "countries", "owners")


@dataclass
class Lexicon:
    """Numbers of atoms, and how to find an article's atoms from its terms. Only grows, so that numbers stay true."""

    numbers: dict[Hashable, int] = field(default_factory=dict)
    terms: dict[Term, int] = field(default_factory=dict)
    zoned: dict[frozenset[str], dict[Term, int]] = field(default_factory=dict)
    choices: dict[int, tuple[int, ...]] = field(default_factory=dict)  # atom of a term → atoms of choices it is in
    counts: dict[Term, tuple[tuple[int, tuple[Term, ...], int, Zones], ...]] = field(default_factory=dict)
    filters: tuple[tuple[int, Where], ...] = ()

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
            for term in set(terms):
                self.counts[term] = (*self.counts.get(term, ()), (number, tuple(terms), least, zones))
        return self.numbers[key]

    def filter(self, name: str, asked: frozenset[str] | frozenset[int]) -> int:
        """Return the atom of one filter, such as languages en or fr."""
        key = ("filter", name, asked)
        if key not in self.numbers:
            number = self._new(key)
            self.filters = (*self.filters, (number, Where(**{name: asked})))  # type: ignore[arg-type]
        return self.numbers[key]

    def _new(self, key: Hashable) -> int:
        return self.numbers.setdefault(key, len(self.numbers))

    def atoms_of(self, view: ArticleView) -> dict[int, int]:
        """Return the atoms an article has, each with the mask of its sentences (all of them for counts and filters)."""
        atoms: dict[int, int] = {}
        self._add(atoms, view, self.terms)
        for zones, terms in self.zoned.items():
            self._add(atoms, view.only(zones), terms)
        for number, where in self.filters:
            if passes(where, view.language, view.source):
                atoms[number] = view.everything
        for term in self.counts.keys() & view.places.keys() if self.counts else ():
            for number, together, least, within in self.counts[term]:
                if mentions_of(together, view if within is None else view.only(within)) >= least:
                    atoms[number] = view.everything
        return atoms

    def _add(self, atoms: dict[int, int], view: ArticleView, terms: dict[Term, int]) -> None:
        """Add the sentence masks of the terms that stand in a view, and of the choices they belong to."""
        choices = self.choices
        for term, mask in view.masks.items():
            atom = terms.get(term)
            if atom is None:
                continue
            atoms[atom] = mask
            for choice in choices.get(atom, ()):
                atoms[choice] = atoms.get(choice, 0) | mask
