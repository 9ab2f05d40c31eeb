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
ONE = np.uint64(1)
BITS = tuple(1 << number for number in range(MOST_BITS))
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


Found = tuple[list[int], list[int], list[int]]  # atoms, with their masks of sentences and of paragraphs


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

    def places(self, atoms: Ints) -> tuple[Ints, Ints]:
        """Return for each link of some atoms the place of its atom, and the place in `to` of what it leads to."""
        size = self.size[atoms]
        at = (self.first[atoms] + size - size.cumsum()).repeat(size)
        at += np.arange(len(at))
        return np.arange(len(atoms)).repeat(size), at


@dataclass(frozen=True)
class AtomTables:
    """A lexicon in the form in which many articles are looked up at once; made anew when the lexicon has grown."""

    lexicon: Lexicon
    choices: Links
    counts: Links  # of one term
    least: Ints  # mentions for each of these counts
    passing: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)  # filters, by what an article is

    @classmethod
    def of(cls, lexicon: Lexicon) -> "AtomTables":
        """Return the tables of a lexicon as it is now."""
        size, alone = len(lexicon), lexicon.alone
        return cls(
            lexicon,
            Links.between(lexicon.choices, size),
            Links.between({atom: [number for number, _ in counts] for atom, counts in alone.items()}, size),
            np.fromiter((least for counts in alone.values() for _, least in counts), np.int64),
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
        place, at = tables.choices.places(found.atom)
        choice = tables.choices.to[at]
        parts.append(_once(Atoms(found.article[place], choice, found.sentences[place], found.paragraphs[place])))
    if len(tables.counts.to):
        place, at = tables.counts.places(found.atom)
        is_reached = sizes[place] >= tables.least[at]
        place, count = place[is_reached], tables.counts.to[at[is_reached]]
        parts.append(Atoms(found.article[place], count, found.sentences[place], found.paragraphs[place]))
    return Atoms(*map(np.concatenate, zip(*parts, strict=True)))


def _of_one(view: ArticleView, tables: AtomTables) -> Atoms:
    """Return the atoms of one article: numpy pays off for several, and takes longer for one."""
    lexicon, whole = tables.lexicon, [*tables.passes(view)]
    if lexicon.counts:
        whole += set(_counts_of(view, lexicon))
    found: Found = [], [], []
    _add_terms(found, view, lexicon.terms, lexicon.alone)
    for zones, terms in lexicon.zoned.items():
        _add_terms(found, view.only(zones), terms, lexicon.alone)
    if lexicon.choices:
        _add_choices(found, lexicon.choices)
    atom, size = np.array(found[0] + whole, np.int64), len(found[0])
    masks = np.empty((2, len(atom)), np.uint64)
    masks[:, size:] = ALL
    masks[0, :size], masks[1, :size] = found[1:]
    return Atoms(np.zeros(len(atom), np.int64), atom, masks[0], masks[1])


def _add_terms(
    found: Found,
    view: ArticleView,
    terms: Mapping[Term, int],
    alone: Mapping[int, Sequence[tuple[int, int]]],
) -> None:
    """Add the terms that stand in a view with their masks, and the numbers of mentions that they reach alone."""
    atoms, sentences, paragraphs = found
    of_sentence = view.paragraph_of
    bits = BITS if len(of_sentence) <= MOST_BITS else [1 << number % MOST_BITS for number in range(len(of_sentence))]
    for atom, places in zip(map(terms.get, view.places), view.places.values(), strict=True):
        if atom is None or not places:
            continue
        atoms.append(atom)
        if len(places) == 1:
            number = places[0][0]
            sentences.append(bits[number])
            paragraphs.append(bits[of_sentence[number]])
            continue
        sentence = paragraph = 0
        for place in places:
            number = place[0]
            sentence |= bits[number]
            paragraph |= bits[of_sentence[number]]
        sentences.append(sentence)
        paragraphs.append(paragraph)
        for count, least in alone.get(atom, ()):
            if len(places) >= least:
                atoms.append(count)
                sentences.append(sentence)
                paragraphs.append(paragraph)


def _add_choices(found: Found, choices: Mapping[int, Sequence[int]]) -> None:
    """Add the choices that found terms belong to, each once, with the places of all of them."""
    masks: dict[int, tuple[int, int]] = {}
    for atom, sentence, paragraph in zip(*found, strict=True):
        for choice in choices.get(atom, ()):
            others = masks.get(choice, (0, 0))
            masks[choice] = others[0] | sentence, others[1] | paragraph
    for choice, both in masks.items():
        for column, value in zip(found, (choice, *both), strict=True):
            column.append(value)


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
    atom, size, sentence = (np.fromiter(some, np.int64, len(some)) for some in (atoms, sizes, sentences))
    article = np.repeat([number for number, _, _ in tabled], [len(view.places) for _, view, _ in tabled])
    known = (atom != UNKNOWN) & (size > 0)
    if not known.all():
        sentence = sentence[known.repeat(size)]
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
    found: list[Sequence[int]] = [tables.passes(view) for view in views]
    if tables.lexicon.counts:
        found = [(*passed, *set(_counts_of(view, tables.lexicon))) for passed, view in zip(found, views, strict=True)]
    sizes = [*map(len, found)]
    atoms = np.fromiter(chain.from_iterable(found), np.int64, sum(sizes))
    full = np.full(len(atoms), ALL)
    return Atoms(np.arange(len(views)).repeat(sizes), atoms, full, full)


def _counts_of(view: ArticleView, lexicon: Lexicon) -> Iterator[int]:
    """Yield the least numbers of mentions of several terms, or in some zones, that an article reaches."""
    for term in view.places:
        for number, together, least, zones in lexicon.counts.get(term, ()):
            if mentions_of(together, view if zones is None else view.only(zones)) >= least:
                yield number
