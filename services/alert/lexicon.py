"""Atoms: everything a row of the index can ask of an article, each with a small number.

Besides terms these are choices (`any of`, with the masks of their terms or-ed), terms in certain zones, least numbers
of mentions, and filters on language and source. So a rule with choices, counts and filters is one plain conjunction.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace

from services.alert.clauses import Term
from services.alert.rule import Where

Zones = frozenset[str] | None
FILTERS = ("languages", "tiers", "sources", "not_sources", "countries", "owners")
FOUND = ("languages", "tiers", "sources", "countries", "owners")  # what an article has one of


@dataclass
class Lexicon:
    """Numbers of atoms, and what links them to terms and filters. Only grows, so that numbers stay true."""

    numbers: dict[Hashable, int] = field(default_factory=dict)
    terms: dict[Term, int] = field(default_factory=dict)
    zoned: dict[frozenset[str], dict[Term, int]] = field(default_factory=dict)
    choices: dict[int, tuple[int, ...]] = field(default_factory=dict)  # atom of a term → atoms of choices it is in
    counts: dict[Term, tuple[tuple[int, tuple[Term, ...], int, Zones], ...]] = field(default_factory=dict)
    alone: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # counts of one term, by its atom
    counted: dict[int, int] = field(default_factory=dict)  # the atom of the one term, by such a count
    filters: dict[tuple[str, str | int], tuple[int, ...]] = field(default_factory=dict)  # by a value they let pass
    asked: dict[Where, tuple[int, ...]] = field(default_factory=dict)  # many rules ask the same
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
            counted=dict(self.counted),
            filters=dict(self.filters),
            asked=dict(self.asked),
        )

    def term(self, term: Term, zones: Zones = None) -> int:
        """Return the atom of a term, in certain zones or anywhere."""
        table = self.terms if zones is None else self.zoned.setdefault(zones, {})
        number = table.get(term)
        if number is None:
            number = table[term] = self._new((term, zones))
        return number

    def choice(self, terms: Collection[Term], zones: Zones = None) -> int:
        """Return the atom of a choice of terms."""
        chosen = tuple(terms) if len(terms) == 1 else tuple(sorted(set(terms)))
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
                self.counted[number] = atom
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

    def filters_of(self, where: Where) -> tuple[int, ...]:
        """Return the atoms of all that a rule asks of language and source."""
        if (atoms := self.asked.get(where)) is None:
            asked = ((name, getattr(where, name)) for name in FILTERS)
            atoms = self.asked[where] = tuple([self.filter(name, of) for name, of in asked if of is not None])
        return atoms

    def _new(self, key: Hashable) -> int:
        return self.numbers.setdefault(key, len(self.numbers))
