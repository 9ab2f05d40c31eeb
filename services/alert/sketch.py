"""The sketch of an article: small enough to keep for days, and enough to tell copies, rewrites and other stories apart.

What must stay true: the same article gives the same sketch on every machine and in every run.
"""

import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from schemas import Article, TaggedArticle
from services.alert.article_view import WORD
from services.alert.phrases import folded

Signature = npt.NDArray[np.uint32]


class _WordHashes(dict[str, bytes]):
    """CRC-32 of the words of what stands between two spaces, computed once: a few thousand make most of all texts.

    Eight bytes each, ready to be joined into an array.
    """

    def __missing__(self, token: str) -> bytes:
        hashes = [zlib.crc32(word.encode()) for word in WORD.findall(token)]
        self[token] = found = np.array(hashes, np.uint64).tobytes()
        return found


_WORD_HASHES = _WordHashes()
MOST_REMEMBERED = 100_000  # tokens

PERMUTATIONS = 128
SHINGLE_WORDS = 3
HEAD_CHARS = 800  # the news stands at the beginning; what follows is background that many stories share
_DICE = np.random.default_rng(20_240_117)  # fixed: another seed is another sketch, unlike all that are stored
_FACTORS = _DICE.integers(1, 2**63, PERMUTATIONS, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _DICE.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)

# Both begin with what few places have, so that the others cost nothing.
_NUMBER = re.compile(r"\d(?:[\d,. ]*\d)?")
_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ](?<!\w.)(?<!^.)(?<![.!?:;\"“”\n] .)[\w’'-]{2,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is remembered of an article to recognise its story.

    The collections of words are sets; of a text that is kept for days they are tuples, a quarter as large.
    """

    page: str  # id
    event_at: datetime  # when it was published, as far as the page says; never later than it was fetched
    signature: Signature  # MinHash of its word 3-grams
    shingles: int  # how many different 3-grams it has
    owner: str  # whose voice it is: owner, or source and site
    actors: Collection[str]
    topics: Collection[str]
    numbers: Collection[str]
    names: Collection[str]  # capitalised words of the beginning that name no actor, lower-case
    words: Collection[str]  # content words of the beginning that name no actor, cut to stems
    heads: Collection[str] = frozenset()  # numbers of the beginning


def sketch_of(tagged: TaggedArticle) -> Sketch:
    """Return the sketch of an article."""
    article = tagged.article
    hashes = shingle_hashes(folded(article.text))
    head = article.title + "\n" + article.text[:HEAD_CHARS]
    known = _words_of_actors(tagged)
    return Sketch(
        page=article.id,
        event_at=event_time(article),
        signature=minhash(hashes),
        shingles=len(hashes),
        owner=voice(article),
        actors=frozenset(mention.actor for mention in tagged.mentions),
        topics=frozenset(hit.topic for hit in tagged.topics),
        numbers=frozenset(numbers_in(article.text)),
        names=frozenset(names_in(article.text[:HEAD_CHARS])) - known - _TITLES - _STOP,
        words=frozenset(stems(folded(head), known)),
        heads=frozenset(numbers_in(head)),
    )


def shingle_hashes(text: str) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of each different run of three words of a folded text; empty for a text without words."""
    if len(_WORD_HASHES) > MOST_REMEMBERED:
        _WORD_HASHES.clear()
    # No word holds a space, so the words of the tokens are those of the text.
    ids = np.frombuffer(b"".join(map(_WORD_HASHES.__getitem__, text.split())), np.uint64)
    count = max(len(ids) - SHINGLE_WORDS + 1, min(len(ids), 1))
    mixed = ids[:count].copy()
    for step in range(1, min(SHINGLE_WORDS, len(ids))):
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed += ids[step : step + count]
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    mixed.sort()  # np.unique hashes first, and takes five times as long for so few
    is_new = np.ones(len(mixed), np.bool_)
    np.not_equal(mixed[1:], mixed[:-1], out=is_new[1:])
    return mixed[is_new]


def minhash(hashes: npt.NDArray[np.uint64]) -> Signature:
    """Return the signature (128 values) of a set of hashes; two of them agree in as many values as the sets overlap."""
    if not len(hashes):
        return np.zeros(PERMUTATIONS, np.uint32)
    permuted = _FACTORS[:, None] * hashes
    permuted += _OFFSETS[:, None]
    least: npt.NDArray[np.uint64] = permuted.min(axis=1) >> np.uint64(32)  # the least has the least upper half
    return least.astype(np.uint32)


def event_time(article: Article) -> datetime:
    """Return when an article was published: the latest moment its date allows, but not after it was fetched."""
    found = published_at(article)
    return article.fetched_at if found is None else min(found, article.fetched_at)


def published_at(article: Article) -> datetime | None:
    """Return the latest moment that the published date allows; None when the page gives none.

    A date without a time lasts to the end of its day; a time without a zone is read as UTC.
    """
    if article.published is None:
        return None
    value = article.published.value
    try:
        found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    if len(value) <= 10:
        found = datetime.combine(found.date(), time(23, 59, 59))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def voice(article: Article) -> str:
    """Return who speaks: the owner of the source, else the source, else the site, else the page itself."""
    source = article.source
    if source.owner:
        return f"owner:{source.owner.casefold()}"
    if source.id not in ("", "push"):
        return f"source:{source.id}"
    if article.site:
        return f"site:{article.site.casefold()}"
    host = re.match(r"https?://(?:www\.)?([^/:?#]+)", article.url or "")
    return f"host:{host[1].lower()}" if host else f"page:{article.id}"


def numbers_in(text: str) -> Sequence[str]:
    """Return the numbers of a text without separators; single digits and years say too little and are left out."""
    found = (re.sub(r"[,. ]", "", number) for number in _NUMBER.findall(text))
    return [number for number in found if len(number) > 1 and not re.fullmatch(r"(19|20)\d\d", number)]


_STOP_WORDS = (
    "about after again against agree also among been before being between both could does down during each from have"
    " having here into just like more most much must only other over said same says should since some such than that"
    " their them then there these they this those through told under until very were what when where which while will"
    " with would your dans avec pour plus cette sont leur leurs nous vous elle elles mais entre comme aussi fait être"
    " après avant selon contre sous depuis monday tuesday wednesday thursday friday saturday sunday lundi mardi"
    " mercredi jeudi vendredi samedi dimanche news report reports reported"
)
_STOP = frozenset(_STOP_WORDS.split())
_TITLES_WORDS = (
    "january february march april june july august september october november december janvier février mars avril juin"
    " juillet août septembre octobre novembre décembre monday tuesday wednesday thursday friday saturday sunday lundi"
    " mardi mercredi jeudi vendredi samedi dimanche general colonel captain president minister prime général capitaine"
    " président ministre the his her and but one two les des une son ses sahel africa african west afrique"
)
_TITLES = frozenset(_TITLES_WORDS.split())


def stems(text: str, known: frozenset[str] = frozenset()) -> Sequence[str]:
    """Return the content words of a folded text, cut to six letters so that inflections meet; none that is known."""
    if len(_STEMS) > MOST_REMEMBERED:
        _STEMS.clear()
    found = set(chain.from_iterable(map(_STEMS.__getitem__, text.split()))) - known
    return [word[:6] for word in found]


class _Stems(dict[str, tuple[str, ...]]):
    """The words that say something of what stands between two spaces, without the ending of a possessive."""

    def __missing__(self, token: str) -> tuple[str, ...]:
        words = [word for word in WORD.findall(token) if len(word) > 3 and not word[0].isdigit() and word not in _STOP]
        self[token] = found = tuple(map(_bare, words))
        return found


_STEMS = _Stems()


def names_in(text: str) -> Sequence[str]:
    """Return the capitalised words inside the sentences of a text, lower-case."""
    return [_bare(name.replace("’", "'").lower()) for name in _NAME.findall(text)]


def _bare(word: str) -> str:
    return word.removesuffix("'s")


def _words_of_actors(tagged: TaggedArticle) -> frozenset[str]:
    """Return the words that name actors, folded: an actor counts as an actor, not again as a name; its leaders do."""
    said = {mention.text for mention in tagged.mentions if mention.kind != "leader"}
    return frozenset().union(*map(_words_of_name, said))


@lru_cache(maxsize=20_000)
def _words_of_name(name: str) -> frozenset[str]:
    return frozenset(map(_bare, WORD.findall(folded(name))))
