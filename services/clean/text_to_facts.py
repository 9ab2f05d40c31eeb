"""Flat text → facts: title, people, dates and site as the lines around the body show them.

What is not clearly there stays unknown: the day in a site's header is not a publication date.
"""

import re
from collections import Counter

from schemas import FoundDate
from services.clean.block import Block
from services.clean.blocks_to_verdicts import Verdict
from services.clean.dates import find_dates
from services.clean.facts import Facts
from services.clean.names import is_name, names_in_byline
from services.clean.phrases import BYLINE, CAPTION, PITCH, PROMO
from services.clean.stopwords import STOPWORDS
from services.clean.url_facts import date_in_url

_ABOVE_BLOCKS = 60  # how far above the body a title may stand
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
_THEME = re.compile(r"network|design|theme|template|powered|wordpress|company", re.I)
_CRUMB = re.compile(r"^([^>›»/|]{2,40}?)\s*[>›»]\s")


def _title_at(blocks: list[Block], start: int, body_words: set[str]) -> int | None:
    """Return which block above `start` (the body's first) is the title, or None when none looks like one."""
    counts = Counter(item.key for item in blocks[: start + 40])
    best, chosen = 0.0, None
    for at in range(max(0, start - _ABOVE_BLOCKS), start):
        item = blocks[at]
        if not 3 <= item.size <= 32 or (item.dated and item.size < 8) or item.flags & (PROMO | BYLINE):
            continue
        content = {word for word in item.words if len(word) > 3}
        worth = sum(word in body_words for word in content) / max(len(content), 1)
        worth += 0.5 * min(counts[item.key] - 1, 2) + (0.3 if 5 <= item.size <= 16 else 0.0)
        worth -= 0.012 * (start - at) + (0.5 if item.bullet else 0.0) + (0.4 if item.glued else 0.0)
        worth -= 1.0 if item.ends == 2 and not item.text.rstrip('”"»').endswith("?") else 0.0
        worth -= (0.6 if item.flags & CAPTION else 0.0) + (0.3 if item.flags & PITCH else 0.0)
        worth -= (0.6 if item.dated else 0.0) + (0.4 if item.size > 22 else 0.0) + (0.3 if item.size <= 4 else 0.0)
        worth += (0.25 if item.gap_before else 0.0) + (0.15 if item.gap_after else 0.0)
        if worth > best:
            best, chosen = worth, at
    return chosen


def _without_crumbs(title: str, blocks: list[Block]) -> str:
    """Return the shortest other block that the title ends with: breadcrumbs and labels stand in front of it."""
    for item in blocks:
        if item.size >= 4 and item.text != title and title.endswith(item.text):
            return item.text
    return title


def _dates(
    blocks: list[Block], title_at: int, start: int, day_first: bool
) -> tuple[FoundDate | None, FoundDate | None]:
    """Return (published, updated) from the lines around the title and the body's start."""
    best: dict[bool, tuple[float, str]] = {}
    for at in range(max(0, title_at - 6), min(len(blocks), start + 4)):
        item = blocks[at]
        if item.size > 40 and at >= start:
            continue
        mentions = find_dates(item.text, day_first=day_first)
        for number, mention in enumerate(mentions):
            before = item.text[: mention.start]
            label = before[mentions[number - 1].start :] if number else before
            is_update = bool(_UPDATED.search(label)) and not _PUBLISHED.search(label)
            worth = 1.0 - 0.04 * abs(at - title_at) - (0.5 if at < title_at else 0.0) - (0.7 if at >= start else 0.0)
            worth += (0.6 if _PUBLISHED.search(label) else 0.0) - (1.5 if item.size > 22 else 0.0)
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
        match[1].strip(" -,.") for item in blocks if item.size <= 30 for match in _RIGHTS.finditer(item.text)
        if not _THEME.search(match[1]) and any(char.isalpha() for char in match[1])
    )  # fmt: skip
    if named:
        return named.most_common(1)[0][0]
    for item in blocks:
        match = _CRUMB.match(item.text)
        if match and item.size <= 40 and match[1].lower() not in ("home", "news", "startseite", "accueil", "inicio"):
            return match[1].strip()
    return None


def _reads_english(blocks: list[Block], kept: list[int]) -> bool:
    """Tell whether the body is English: only there 3/4/2024 may be the 4th of March."""
    words = [word for at in kept[:20] for word in blocks[at].words]
    return sum(word in STOPWORDS["en"] for word in words) >= 0.2 * len(words)


def text_to_facts(blocks: list[Block], verdicts: list[Verdict], url: str | None) -> Facts:
    """Return what the lines of a flat text say about its article; the verdicts tell where its body is."""
    kept = [at for at, verdict in enumerate(verdicts) if verdict.kept and blocks[at].size >= 8]
    start = kept[0] if kept else len(blocks)
    words = {word for at in kept[:12] for word in blocks[at].words if len(word) > 3}
    title_at = _title_at(blocks, start, words)
    day_first = not _reads_english(blocks, kept)
    anchor = start if title_at is None else title_at
    published, updated = _dates(blocks, anchor, start, day_first)
    if published is None and (day := date_in_url(url or "")):
        published = FoundDate(value=day, source="url")
    return Facts(
        title="" if title_at is None else _without_crumbs(blocks[title_at].text, blocks[: start + 1]),
        authors=_authors(blocks, anchor, start),
        published=published,
        updated=updated,
        site=_site(blocks),
    )
