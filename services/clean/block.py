"""Block: one line of a flat text or one block element of an HTML page, with what can be told from its words alone.

Offsets and order are the page's. A block knows nothing of its neighbours except the blank lines around it and the
blocks that say the same.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from services.clean import phrases
from services.clean.dates import has_date
from services.clean.stopwords import STOPWORDS

WORD = re.compile(r"\w+")
_CLUMPED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")  # scripts without spaces
_CAMEL = re.compile(r"[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ]")  # "FacebookTwitter": two links glued by the rendering
_ENDS = frozenset(".!?…。！？؟।։።")
_CLOSERS = "\"'”’»“‘)]›」』* \u00a0"  # what may follow the full stop
_OPENERS = frozenset("\"'“„«‘‚»「『")
_HALF_ENDS = frozenset(":;,")
_COMMAS = re.compile("[,，、،]")
_DIGIT = re.compile(r"\d")
_FIRST_CLUMPED = "\u0e00"
_LONG_WORDS = 60  # longer blocks are no labels: what is glued or dated in them tells nothing
_HEAD_WORDS = 40  # what the first words of a block are like, the rest is like
_SAMPLE_CHARS = 12_000  # of a page, to tell its language


@dataclass(slots=True)
class Block:
    """One block and its own signals; `chars_per_word` of scripts without spaces is taken as two."""

    text: str
    words: list[str]  # lower case
    key: str  # the words joined: equal for blocks that say the same
    size: int  # words
    ends: int  # 2: as a sentence does; 1: with a colon, a comma or a quote mark; 0: without
    flags: int  # of `phrases`
    capitals: float  # share of words with a capital first letter
    digits: float  # share of words that start with a digit
    stop: float  # share of stop words of the page's language; 0.35 where words cannot be told
    glued: int  # lower case followed by upper case inside a word
    commas: int
    quoted: bool  # opens with a quotation mark
    dated: bool = False  # holds a date or a time of day
    bullet: bool = False
    indent: int = 0
    gap_before: bool = False
    gap_after: bool = False
    repeats: int = 0  # other blocks with the same key
    echoes: bool = False  # the block before or after says nearly the same
    teases: bool = False  # "label: HEADLINE" where HEADLINE is another block
    level: int = 0  # 1 to 6 for a heading of HTML
    marks: tuple[float, ...] = field(default=())  # what only HTML knows; empty for flat text


def ending(text: str) -> int:
    """Return 2 when `text` ends as a sentence does, 1 after a colon, comma or quote mark, else 0."""
    bare = text.rstrip(_CLOSERS)
    if bare and bare[-1] in _ENDS:
        return 2
    return 1 if text[-1] in _HALF_ENDS or text[-1] in '"”’»“' else 0


def block(text: str, stopwords: frozenset[str]) -> Block:
    """Return the block of a non-empty, stripped `text` in the language of `stopwords`."""
    raw = WORD.findall(text)
    joined = " ".join(raw)
    key = joined.lower()
    words = key.split(" ") if raw else []
    count = len(raw)
    clumped = 0 if text.isascii() or max(text) < _FIRST_CLUMPED else len(_CLUMPED.findall(text))
    size = count if clumped < 10 else max(count, clumped // 2)
    head = words[:_HEAD_WORDS]
    most = max(len(head), 1)
    is_lower, has_digit = key == joined, _DIGIT.search(text) is not None
    return Block(
        text=text,
        words=words,
        key=key,
        size=size,
        ends=ending(text),
        flags=phrases.flags(words, key, text),
        capitals=0.0 if is_lower else sum([word[0].isupper() for word in raw[:_HEAD_WORDS]]) / most,
        digits=sum([word[0].isdigit() for word in head]) / most if has_digit else 0.0,
        stop=0.35 if size != count else sum(map(stopwords.__contains__, head)) / most,
        glued=0 if is_lower or count >= _LONG_WORDS else len(_CAMEL.findall(text)),
        commas=text.count(",") if text.isascii() else len(_COMMAS.findall(text)),
        quoted=text[0] in _OPENERS,
        dated=has_digit and count < _LONG_WORDS and has_date(text),
    )


def page_stopwords(text: str) -> frozenset[str]:
    """Return the stop words of the language most of `text` is in, or of all languages when none stands out."""
    start = max(0, (len(text) - _SAMPLE_CHARS) // 3)  # menus come first, footers last
    counts = Counter(WORD.findall(text[start : start + _SAMPLE_CHARS].lower()))
    found = counts.keys()
    best, most = "", 10
    for language, stopwords in STOPWORDS.items():
        total = sum([counts[word] for word in stopwords & found])
        if total > most:
            best, most = language, total
    return STOPWORDS[best] if best else _ALL


_ALL = frozenset().union(*STOPWORDS.values())


def compare(blocks: list[Block]) -> None:
    """Fill in what a block shares with the other blocks: repeats, echoes and teases."""
    keys = Counter(item.key for item in blocks)
    headlines = {item.key for item in blocks if 4 <= item.size <= 30}
    before: set[str] = set()
    last: Block | None = None
    for item in blocks:
        item.repeats = keys[item.key] - 1
        item.teases = _teases(item, headlines)
        now = set(item.words)
        if last is not None:
            least = min(len(before), len(now))
            if least >= 3 and len(before & now) >= 0.8 * least:
                item.echoes = last.echoes = True
        last, before = item, now


def _teases(item: Block, headlines: set[str]) -> bool:
    """Tell whether the block is "label: HEADLINE" of another block, whatever the language."""
    if item.size > 34:
        return False
    label, colon, rest = item.text.partition(":")
    if not colon or len(label) > 34:
        return False
    words = WORD.findall(rest.lower())
    return len(words) >= 4 and " ".join(words) in headlines
