"""Flat text → facts: title, people, dates and site as the lines around the body show them.

What is not clearly there stays unknown: the day in a site's header is not a publication date.
"""

import re
from collections import Counter
from collections.abc import Iterator

from schemas import FoundDate
from services.clean.block import Block
from services.clean.blocks_to_verdicts import Verdict
from services.clean.dates import find_dates
from services.clean.facts import Facts
from services.clean.names import is_name, names_in_byline
from services.clean.stopwords import STOPWORDS
from services.clean.text_to_title import around, title_at, without_crumbs
from services.clean.url_facts import date_in_url

_NEAR_TITLE = 9  # blocks above the title that may hold the article's date
_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d\b")
_PARAGRAPH_WORDS = 12  # a kept block with fewer words may be a heading or the title itself
_UPDATED = re.compile(r"updat|aktualis|modif|mis à jour|actualiz|stand\b|geändert|oppdater|uppdater|bijgewerkt", re.I)
_PUBLISHED = re.compile(
    r"publish|posted|veröffent|publié|publicad|erstellt|publisert|publicerad|erschienen|créé|pubblicat|gepubliceerd",
    re.I,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©\s*)?(?:(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)?\d\d)?)?[\s,.:|-]*(?:by\s+)?"
    r"([^.|–—©\n]{2,60}?)"
    r"(?:\s*(?:[.|–—]|\s-\s|,?\s+(?:19|20)\d\d|,?\s*all rights|,?\s*alle rechte|,?\s*tous droits|$))",
    re.IGNORECASE,
)
_RIGHTS_MARK = re.compile(r"©|opyright|OPYRIGHT|\([cC]\)")
_THEME = re.compile(r"network|design|theme|template|powered|wordpress|company", re.I)
_CRUMB = re.compile(r"^([^>›»/|]{2,40}?)\s*[>›»]\s")


def body_of(blocks: list[Block], kept: list[bool]) -> tuple[int, list[int]]:
    """Return where the body's first paragraph stands, and where its paragraphs are; headings are not counted."""
    body = [
        at for at, is_kept in enumerate(kept) if is_kept and blocks[at].size >= _PARAGRAPH_WORDS and blocks[at].ends
    ]
    body = body or [at for at, is_kept in enumerate(kept) if is_kept]
    return (body[0] if body else len(blocks)), body


def _worth(item: Block, label: str, at: int, title: int, start: int) -> float:
    """Return how much a date at block `at` looks like the article's, below 0 when it rather is another's."""
    worth = 1.0 - 0.04 * min(abs(at - title), abs(start - at)) - (1.5 if item.size > 22 else 0.0)
    worth -= 0.5 if at < title else 0.7 if at >= start else 0.0
    return worth + (0.6 if _PUBLISHED.search(label) else 0.0)


def _dated_blocks(blocks: list[Block], title: int, start: int, end: int) -> Iterator[int]:
    """Yield the blocks whose dates may be the article's: around its title, and datelines in and below the body."""
    for at in range(max(0, title - _NEAR_TITLE), min(len(blocks), start + 4)):
        if blocks[at].size <= 40 or at < start:
            yield at
    for at in [*range(start + 4, start + 12), *range(end + 1, end + 12)]:
        if (
            at < len(blocks)
            and blocks[at].size <= 10
            and (_PUBLISHED.search(blocks[at].text) or _CLOCK.search(blocks[at].text))
        ):
            yield at


def dates_near(
    blocks: list[Block], title: int, start: int, end: int, *, day_first: bool
) -> tuple[FoundDate | None, FoundDate | None]:
    """Return (published, updated) from the lines around the title, the start of the body and its end."""
    best: dict[bool, tuple[float, str]] = {}
    for at in _dated_blocks(blocks, title, start, end):
        item = blocks[at]
        mentions = find_dates(item.text, day_first=day_first)
        for number, mention in enumerate(mentions):
            label = item.text[mentions[number - 1].start if number else 0 : mention.start]
            is_update = bool(_UPDATED.search(label)) and not _PUBLISHED.search(label)
            worth = _worth(item, label, at, title, start)
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


def _authors(blocks: list[Block], title_at: int, start: int) -> tuple[str, ...]:
    """Return the people named between a little above the title and the body."""
    near = blocks[max(0, title_at - 4) : start + 2]
    for item in near:
        if item.size <= 16:
            names = names_in_byline(item.text)
            if names:
                return names
    for item in blocks[title_at + 1 : start]:
        if item.size <= 4 and is_name(item.text):
            return (item.text,)
    return ()


def _site(blocks: list[Block]) -> str | None:
    """Return the site as its copyright line or its breadcrumbs name it; a theme's maker is not the site."""
    named = Counter(
        match[1].strip(" -,.")
        for item in blocks
        if item.size <= 30 and _RIGHTS_MARK.search(item.text)
        for match in _RIGHTS.finditer(item.text)
        if not _THEME.search(match[1]) and any(char.isalpha() for char in match[1])
    )
    if named:
        return named.most_common(1)[0][0]
    for item in blocks:
        match = _CRUMB.match(item.text) if item.size <= 40 else None
        if match and match[1].lower() not in ("home", "news", "startseite", "accueil", "inicio"):
            return match[1].strip()
    return None


def _reads_english(blocks: list[Block], kept: list[int]) -> bool:
    """Tell whether the body is English: only there 3/4/2024 may be the 4th of March."""
    words = [word for at in kept[:20] for word in blocks[at].words]
    return sum(word in STOPWORDS["en"] for word in words) >= 0.2 * len(words)


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
        title="" if title is None else without_crumbs(blocks[title].text, blocks[: start + 1]),
        authors=_authors(blocks, anchor, start),
        published=published,
        updated=updated,
        site=_site(blocks),
    )
