"""Flat text → facts: title, people, dates and site as the lines around the body show them.

What is not clearly there stays unknown: the day in a site's header is not a publication date.
"""

import re
from collections import Counter
from collections.abc import Iterator

from schemas import FoundDate
from services.clean.block import WORD, Block
from services.clean.blocks_to_verdicts import Verdict
from services.clean.dates import find_dates
from services.clean.facts import Facts
from services.clean.names import names_in_byline, names_in_line
from services.clean.sheet import LONG_WORDS
from services.clean.stopwords import STOPWORDS
from services.clean.text_to_title import around, title_at, without_crumbs
from services.clean.url_facts import date_in_url

_BYLINE_WORDS = 16
_NAME_WORDS = 5  # a longer line without a date names people in passing
_LEAST_BYLINE = 0.3
_MOST_REPEATS = 4  # what stands more often on a page is no byline
_READ_BLOCKS = 12  # of the body, whose words tell names from phrases
_DATELINE_WORDS = 6
_NEAR_TITLE = 9  # blocks above the title that may hold the article's date
_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d\b")
_PARAGRAPH_WORDS = 12  # a kept block with fewer words may be a heading or the title itself
_UPDATED = re.compile(r"updat|aktualis|modif|mis à jour|actualiz|stand\b|geändert|oppdater|uppdater|bijgewerkt", re.I)
_PUBLISHED = re.compile(
    r"publish|posted|veröffent|publié|publicad|erstellt|publisert|publicerad|erschienen|créé|pubblicat|gepubliceerd",
    re.I,
)
_DATELINE = re.compile(rf"{_CLOCK.pattern}|{_UPDATED.pattern}|{_PUBLISHED.pattern}", re.IGNORECASE)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©\s*)?(?:(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)?\d\d)?)?[\s,.:|-]*(?:by\s+)?"
    r"([^.|–—©\n]{2,60}?)"
    r"(?:\s*(?:[.|–—]|\s-\s|,?\s+(?:19|20)\d\d|,?\s*all rights|,?\s*alle rechte|,?\s*tous droits|$))",
    re.IGNORECASE,
)
_MOST_RIGHTS_WORDS = 30  # of a line that claims them
_THEME = re.compile(r"network|design|theme|template|powered|wordpress|company", re.I)
_CRUMB = re.compile(r"^([^>›»/|]{2,40}?)\s*[>›»]\s")


def body_of(blocks: list[Block], kept: list[bool]) -> tuple[int, list[int]]:
    """Return where the body's first paragraph stands, and where its paragraphs are; headings are not counted."""
    body = [
        at for at, is_kept in enumerate(kept) if is_kept and blocks[at].size >= _PARAGRAPH_WORDS and blocks[at].ends
    ]
    body = body or [at for at, is_kept in enumerate(kept) if is_kept]
    return (body[0] if body else len(blocks)), body


def _worth(item: Block, label: str, has_time: bool, *, at: int, title: int, start: int) -> float:
    """Return how much a date at block `at` looks like the article's, below 0 when it rather is another's."""
    worth = 1.0 - 0.04 * min(abs(at - title), abs(start - at)) - (1.5 if item.size > 22 else 0.0)
    worth -= 0.5 if at < title else 0.7 if at >= start else 0.0
    worth -= 0.025 * max(0, item.size - _DATELINE_WORDS)  # captions and sentences date what they tell of
    return worth + (0.6 if _PUBLISHED.search(label) else 0.0) + (0.3 if has_time else 0.0)


def _dated_blocks(blocks: list[Block], title: int, start: int, end: int) -> Iterator[int]:
    """Yield the blocks whose dates may be the article's: around its title, and datelines in and below the body."""
    for at in range(max(0, title - _NEAR_TITLE), min(len(blocks), start + 4)):
        if blocks[at].size <= 40 or at < start:
            yield at
    for at in [*range(start + 4, min(start + 20, end)), *range(end + 1, end + 12)]:
        if at < len(blocks) and blocks[at].size <= 10 and blocks[at].dated and _DATELINE.search(blocks[at].text):
            yield at


def dates_near(
    blocks: list[Block], title: int, start: int, end: int, *, day_first: bool
) -> tuple[FoundDate | None, FoundDate | None]:
    """Return (published, updated) from the lines around the title, the start of the body and its end."""
    best: dict[bool, tuple[float, str]] = {}
    for at in _dated_blocks(blocks, title, start, end):
        item = blocks[at]
        if not item.dated and item.size < LONG_WORDS:
            continue
        mentions = find_dates(item.text, day_first=day_first)
        for number, mention in enumerate(mentions):
            label = item.text[mentions[number - 1].start if number else 0 : mention.start]
            is_update = bool(_UPDATED.search(label)) and not _PUBLISHED.search(label)
            worth = _worth(item, label, "T" in mention.value, at=at, title=title, start=start)
            if is_update not in best or worth > best[is_update][0]:
                best[is_update] = (worth, mention.value)
    published, updated = best.get(False), best.get(True)
    if published is None or published[0] < 0:  # an article that shows only its last update is at least that old
        published = updated
    if published is None:
        return None, None
    return (
        FoundDate(value=published[1], source="byline"),
        FoundDate(value=updated[1], source="byline") if updated else None,
    )


def _plain_words(blocks: list[Block], body: list[int]) -> frozenset[str]:
    """Return the words that the body writes without a capital: no name has only such words."""
    return frozenset(word for at in body[:_READ_BLOCKS] for word in WORD.findall(blocks[at].text) if word.islower())


def _reads_as_name(name: str, plain: frozenset[str]) -> bool:
    """Tell whether a line that is only a name may be one: most of its words are no common words of this page."""
    words = [word for word in WORD.findall(name.lower()) if len(word) > 2]
    return sum(word in plain for word in words) * 2 < max(len(words), 1)


def _byline_worth(blocks: list[Block], at: int, title: int) -> float:
    """Return how much a line of names at `at` looks like the byline of the article and no caption or menu entry."""
    item, near = blocks[at], blocks[max(0, at - 2) : at + 3]
    worth = 1.0 if item.dated else 0.6 if any(other.dated for other in near) else 0.0
    worth += 0.8 if any(other is not item and other.key == item.key for other in near) else 0.0
    worth += 0.4 if 0 < at - title <= 3 else 0.0
    return worth - (0.8 if item.size > _NAME_WORDS and not item.dated else 0.0)


def _authors(blocks: list[Block], title_at: int, start: int, body: list[int]) -> tuple[str, ...]:
    """Return the people named between a little above the title and a little below the start of the body."""
    near = [at for at in range(max(0, title_at - 4), min(start + 9, len(blocks))) if at != title_at]
    for at in [*near, *range(max(0, title_at - 8), max(0, title_at - 4))]:
        if blocks[at].size <= _BYLINE_WORDS:
            names = names_in_byline(blocks[at].text)
            if names:
                return names
    prose = frozenset(body)
    plain: frozenset[str] | None = None
    best: tuple[float, tuple[str, ...]] = (_LEAST_BYLINE, ())
    for at in near:
        if at in prose or blocks[at].size > _BYLINE_WORDS or blocks[at].repeats > _MOST_REPEATS:
            continue
        worth = _byline_worth(blocks, at, title_at)
        names = names_in_line(blocks[at].text) if worth > best[0] else ()
        if not names:
            continue
        plain = _plain_words(blocks, body) if plain is None else plain
        if all(_reads_as_name(name, plain) for name in names):
            best = (worth, names)
    return best[1]


def _site(blocks: list[Block]) -> str | None:
    """Return the site as its copyright line or its breadcrumbs name it; a theme's maker is not the site.

    Every line is asked whether it may match, so that this is done here, without a call or a loop.
    """
    claims = [
        text
        for text in [item.text for item in blocks if item.size <= _MOST_RIGHTS_WORDS]
        if "©" in text or "opyright" in text or "OPYRIGHT" in text or "(c)" in text or "(C)" in text
    ]
    named = Counter(
        match[1].strip(" -,.")
        for text in claims
        for match in _RIGHTS.finditer(text)
        if not _THEME.search(match[1]) and any(char.isalpha() for char in match[1])
    )
    if named:
        return named.most_common(1)[0][0]
    for item in blocks:
        may_match = item.size <= 40 and (">" in item.text or "›" in item.text or "»" in item.text)
        match = _CRUMB.match(item.text) if may_match else None
        if match and match[1].lower() not in ("home", "news", "startseite", "accueil", "inicio"):
            return match[1].strip()
    return None


def _reads_english(blocks: list[Block], kept: list[int]) -> bool:
    """Tell whether the body is English: only there 3/4/2024 may be the 4th of March."""
    words = [word for at in kept[:20] for word in blocks[at].words]
    return sum(map(STOPWORDS["en"].__contains__, words)) >= 0.2 * len(words)


def _reads_swapped(value: str, day: str) -> bool:
    """Tell whether a date is `day` with day and month in the other order: 6/1/2026 may be either."""
    year, month, date = day.split("-")
    return value[:10] == f"{year}-{date}-{month}" != day


def text_to_facts(blocks: list[Block], verdicts: list[Verdict], url: str | None, hint: str | None) -> Facts:
    """Return what the lines of a flat text say about its article; the verdicts tell where its body is.

    `hint` is a title from elsewhere, such as the feed: it helps to find the page's own.
    """
    start, body = body_of(blocks, [verdict.kept for verdict in verdicts])
    title = title_at(blocks, around(blocks, start, body, url, hint))
    day_first = not _reads_english(blocks, body)
    anchor = start if title is None else title
    end = body[-1] if body else start
    published, updated = dates_near(blocks, anchor, start, end, day_first=day_first)
    day = date_in_url(url or "")
    if day and (published is None or _reads_swapped(published.value, day)):
        published = FoundDate(value=day, source="url")
    return Facts(
        title="" if title is None else without_crumbs(blocks[title].text.lstrip(": "), blocks[: start + 1]),
        authors=_authors(blocks, anchor, start, body),
        published=published,
        updated=updated,
        site=_site(blocks),
    )
