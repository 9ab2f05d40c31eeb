"""Counted: on how many sites each word and pair of words stands in articles, and on how many around them.

A page is never told what its own site says: `terms` leaves out whole domains, or a model would believe the terms more
on the pages it is trained on than they deserve on others.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.clean.block import Block
from services.clean.terms import Terms

_LEAST_DOMAINS = 5  # that have a term; with 3 there are twice as many, which gave no more (docs/cleaning.md)
_LEAST_OTHERS = 2  # of them, when a page's own is left out
_NONE = np.zeros(0, np.intp)
Term = tuple[str, ...]  # a word or two
Labelled = tuple[str, list[Block], Iterable[float]]  # of a page: its domain, its blocks, and 1.0 for those of the body


def _terms_of(item: Block) -> Iterator[Term]:
    words = item.key.split()
    yield from ((word,) for word in words)
    yield from pairwise(words)


class Counted:
    """The terms of labelled pages that enough domains have."""

    def __init__(self, pages: Iterable[Labelled]) -> None:
        found: tuple[dict[Term, set[str]], ...] = (defaultdict(set), defaultdict(set))  # around bodies, in bodies
        for domain, blocks, labels in pages:
            for item, label in zip(blocks, labels, strict=True):
                for term in _terms_of(item):
                    found[label > 0.5][term].add(domain)
        everywhere = {term: found[0][term] | found[1][term] for term in sorted({**found[0], **found[1]})}
        known = [term for term, domains in everywhere.items() if len(domains) >= _LEAST_DOMAINS]
        self.numbers = {term[0]: at for at, term in enumerate(term for term in known if len(term) == 1)}
        code = {term: self._code(term) for term in known if len(term) == 2}
        ordered = [*((word,) for word in self.numbers), *sorted(code, key=code.__getitem__)]
        self.pairs = np.array(sorted(code.values()), np.intp)
        self.counts = [np.array([len(side[term]) for term in ordered]) for side in found]
        self.of_domain = [self._of_domain(ordered, side) for side in found]

    def _code(self, pair: Term) -> int:
        return self.numbers[pair[0]] * len(self.numbers) + self.numbers[pair[1]]

    @staticmethod
    def _of_domain(ordered: list[Term], side: dict[Term, set[str]]) -> dict[str, NDArray[np.intp]]:
        """Return the places of the terms that each domain has."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, term in enumerate(ordered):
            for domain in side[term]:
                found[domain].append(at)
        return {domain: np.array(places, np.intp) for domain, places in found.items()}

    def terms(self, without: Collection[str] = ()) -> Terms:
        """Return what the terms are worth by all domains but some."""
        chrome, body = (counts.copy() for counts in self.counts)
        for domain in set(without):
            for counts, places in ((chrome, self.of_domain[0]), (body, self.of_domain[1])):
                counts[places.get(domain, _NONE)] -= 1
        worths = np.log((chrome + 1) / (body + 1)).astype(np.float32)
        worths[chrome + body < _LEAST_OTHERS] = np.nan
        return Terms(self.numbers, self.pairs, worths)
