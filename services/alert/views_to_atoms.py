"""Articles as atoms: what each article of a batch has of what the rules ask for, and in which sentences it stands.

Python only collects the places, term by term; masks, choices and counts of all articles are then made at once by numpy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from services.alert.article_view import ArticleView
from services.alert.clauses import Term
from services.alert.columns import ALL, MOST_BITS, Ints, Masks
from services.alert.evaluate import mentions_of
from services.alert.lexicon import FOUND, Lexicon

UNKNOWN = -1
MOST_PASSING = 10_000  # kinds of sources whose filters are remembered
ONE, ALL_BITS = np.uint64(1), int(ALL)
_SENTENCE = itemgetter(0)


class Atoms(NamedTuple):
    """Each atom of each article, with the masks of the sentences and paragraphs it stands in (ALL: of the whole)."""

    article: Ints
    atom: Ints
    sentences: Masks
    paragraphs: Masks

    def below(self, atom: int) -> "Atoms":
        """Return only the atoms with smaller numbers."""
        kept = self.atom < atom
        return Atoms(self.article[kept], self.atom[kept], self.sentences[kept], self.paragraphs[kept])

    def in_a_row(self, size: int, lengths: Sequence[int]) -> Masks:
        """Return the masks of `size` sentences in a row, as `ArticleView.spread` has them: named by the last of them.

        `lengths` are the numbers of sentences of the articles, with the title.
        """
        body, wide = self.sentences & ~ONE, self.sentences.copy()
        for step in range(1, size):
            wide |= body << np.uint64(step)
        inside = np.array([(1 << min(length, MOST_BITS)) - 1 for length in lengths], np.uint64)
        masks: Masks = wide & inside[self.article]
        return masks


class Links(NamedTuple):
    """For each atom, where its part of `to` begins, and how long it is."""

    first: Ints
    size: Ints
    to: Ints

    @classmethod
    def between(cls, links: Mapping[int, Sequence[int]], size: int) -> "Links":
        """Return the links of a table: atom → what it leads to."""
        first, sizes = np.zeros(size, np.int64), np.zeros(size, np.int64)
        atoms = np.fromiter(links, np.int64, len(links))
        sizes[atoms] = np.fromiter(map(len, links.values()), np.int64, len(links))
        first[atoms] = np.cumsum(sizes[atoms]) - sizes[atoms]
        return cls(first, sizes, np.fromiter(chain.from_iterable(links.values()), np.int64))

    def of(self, atoms: Ints) -> tuple[Ints, Ints]:
        """Return for each link of some atoms the place of its atom, and what it leads to."""
        size = self.size[atoms]
        place = np.repeat(np.arange(len(atoms)), size)
        inside = np.arange(len(place)) - np.repeat(np.cumsum(size) - size, size)
        return place, self.to[self.first[atoms][place] + inside]


@dataclass(frozen=True)
class AtomTables:
    """A lexicon in the form in which many articles are looked up at once; made anew when the lexicon has grown."""

    lexicon: Lexicon
    choices: Links
    counts: Links  # of one term
    least: Links  # mentions for each of these counts
    passing: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)  # filters, by what an article is

    @classmethod
    def of(cls, lexicon: Lexicon) -> "AtomTables":
        """Return the tables of a lexicon as it is now."""
        size, alone = len(lexicon), lexicon.alone
        return cls(
            lexicon,
            Links.between(lexicon.choices, size),
            Links.between({atom: [number for number, _ in counts] for atom, counts in alone.items()}, size),
            Links.between({atom: [least for _, least in counts] for atom, counts in alone.items()}, size),
        )

    def passes(self, view: ArticleView) -> tuple[int, ...]:
        """Return the filters that an article passes."""
        source = view.source
        found = (view.language, source.tier, source.id, source.country, source.owner)
        passed = self.passing.get(found)
        if passed is None:
            known = self.lexicon.filters
            values = [(name, value) for name, value in zip(FOUND, found, strict=True) if value is not None]
            wanted = [number for value in values for number in known.get(value, ())]
            wanted += [number for number, unwanted in self.lexicon.exclusions if source.id not in unwanted]
            if len(self.passing) >= MOST_PASSING:
                self.passing.clear()
            passed = self.passing[found] = tuple(wanted)
        return passed


def views_to_atoms(views: Sequence[ArticleView], tables: AtomTables) -> Atoms:
    """Return the atoms of some articles; an atom stands at most once for each article."""
    if len(views) == 1:
        return _of_one(views[0], tables)
    lexicon = tables.lexicon
    tabled = [(number, view, lexicon.terms) for number, view in enumerate(views)]
    for zones, terms in lexicon.zoned.items():
        tabled += [(number, view.only(zones), terms) for number, view in enumerate(views)]
    found, sizes = _terms(tabled, views)
    parts = [found, _whole(views, tables)]
    if len(tables.choices.to):
        place, choice = tables.choices.of(found.atom)
        parts.append(_once(Atoms(found.article[place], choice, found.sentences[place], found.paragraphs[place])))
    if len(tables.counts.to):
        place, count = tables.counts.of(found.atom)
        reached = sizes[place] >= tables.least.of(found.atom)[1]
        full = np.full(int(reached.sum()), ALL)
        parts.append(Atoms(found.article[place][reached], count[reached], full, full))
    return Atoms(*map(np.concatenate, zip(*parts, strict=True)))


def _of_one(view: ArticleView, tables: AtomTables) -> Atoms:
    """Return the atoms of one article: numpy pays off for several, and takes three times as long for one."""
    lexicon, whole = tables.lexicon, [*tables.passes(view)]
    if lexicon.counts:
        whole += set(_counts_of(view, lexicon))
    bits = [1 << number % MOST_BITS for number in range(len(view.paragraph_of))]
    pairs = [(bits[number], bits[paragraph]) for number, paragraph in enumerate(view.paragraph_of)]
    found: dict[int, tuple[int, int]] = {}
    _add_terms(found, whole, pairs, (view, lexicon.terms, lexicon))
    for zones, terms in lexicon.zoned.items():
        _add_terms(found, whole, pairs, (view.only(zones), terms, lexicon))
    full = [ALL_BITS] * len(whole)
    masks = zip(*found.values(), strict=True) if found else ((), ())
    atom = np.array([*found, *whole], np.int64)
    return Atoms(np.zeros(len(atom), np.int64), atom, *(np.array([*mask, *full], np.uint64) for mask in masks))


def _add_terms(
    found: dict[int, tuple[int, int]],
    whole: list[int],
    pairs: Sequence[tuple[int, int]],
    seen: tuple[ArticleView, Mapping[Term, int], Lexicon],
) -> None:
    """Add the masks of the terms that stand in a view, of the choices they belong to, and counts they reach."""
    view, terms, lexicon = seen
    choices, alone = lexicon.choices, lexicon.alone
    for term, places in view.places.items():
        atom = terms.get(term)
        if atom is None or not places:
            continue
        sentences = paragraphs = 0
        for place in places:
            sentence, paragraph = pairs[place[0]]
            sentences |= sentence
            paragraphs |= paragraph
        found[atom] = sentences, paragraphs
        if atom in choices:
            for choice in choices[atom]:
                others = found.get(choice, (0, 0))
                found[choice] = others[0] | sentences, others[1] | paragraphs
        if len(places) > 1 and atom in alone:
            whole += [number for number, least in alone[atom] if len(places) >= least]


def _terms(
    tabled: Sequence[tuple[int, ArticleView, Mapping[Term, int]]], views: Sequence[ArticleView]
) -> tuple[Atoms, Ints]:
    """Return the terms that stand in some articles (each with a table of terms), and how often each stands there."""
    atoms: list[int] = []
    sizes: list[int] = []
    sentences: list[int] = []
    for _, view, terms in tabled:
        places = view.places
        atoms += map(terms.get, places, repeat(UNKNOWN))
        sizes += map(len, places.values())
        sentences += map(_SENTENCE, chain.from_iterable(places.values()))
    atom, size, sentence = np.array(atoms, np.int64), np.array(sizes, np.int64), np.array(sentences, np.int64)
    article = np.repeat([number for number, _, _ in tabled], [len(view.places) for _, view, _ in tabled])
    known = (atom != UNKNOWN) & (size > 0)
    sentence = sentence[np.repeat(known, size)]
    article, atom, size = article[known], atom[known], size[known]
    lengths = np.array([len(view.paragraph_of) for view in views], np.int64)
    paragraph_of = np.fromiter(chain.from_iterable(view.paragraph_of for view in views), np.int64, lengths.sum())
    paragraph = paragraph_of[np.repeat((np.cumsum(lengths) - lengths)[article], size) + sentence]
    starts = np.cumsum(size) - size
    return Atoms(article, atom, _any_of(_bits(sentence), starts), _any_of(_bits(paragraph), starts)), size


def _bits(numbers: Ints) -> Masks:
    """Return a mask with one bit for each number; what is too far back for a mask is asked for otherwise."""
    masks: Masks = np.left_shift(ONE, (numbers % MOST_BITS).astype(np.uint64))
    return masks


def _any_of(masks: Masks, starts: Ints) -> Masks:
    """Return the masks from each start to the next, or-ed."""
    return np.bitwise_or.reduceat(masks, starts) if len(starts) else masks[:0]


def _once(atoms: Atoms) -> Atoms:
    """Return atoms of which some stand several times for an article, each once, with all its places."""
    order = np.lexsort((atoms.atom, atoms.article))
    article, atom = atoms.article[order], atoms.atom[order]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (article[1:] != article[:-1]) | (atom[1:] != atom[:-1])
    starts = is_new.nonzero()[0]
    masks = (_any_of(one[order], starts) for one in (atoms.sentences, atoms.paragraphs))
    return Atoms(article[starts], atom[starts], *masks)


def _whole(views: Sequence[ArticleView], tables: AtomTables) -> Atoms:
    """Return the filters that articles pass, and the numbers of mentions that they reach with several terms."""
    atoms: list[int] = []
    counts: list[int] = []
    for view in views:
        before = len(atoms)
        atoms += tables.passes(view)
        if tables.lexicon.counts:
            atoms += set(_counts_of(view, tables.lexicon))
        counts.append(len(atoms) - before)
    full = np.full(len(atoms), ALL)
    return Atoms(np.repeat(np.arange(len(views)), counts), np.array(atoms, np.int64), full, full)


def _counts_of(view: ArticleView, lexicon: Lexicon) -> Iterator[int]:
    """Yield the least numbers of mentions of several terms, or in some zones, that an article reaches."""
    for term in view.places:
        for number, together, least, zones in lexicon.counts.get(term, ()):
            if mentions_of(together, view if zones is None else view.only(zones)) >= least:
                yield number
