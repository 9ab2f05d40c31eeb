"""Page → Article: the body of a page and what is known about it, or a refusal with a reason.

Bounded in time and memory for any input, and never any error but those of `refusals.REFUSALS`.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from runtime.errors import TocsinError
from schemas import Article, Page
from services.clean import json_ld
from services.clean.block import WORD, Block
from services.clean.block_features import matrix
from services.clean.blocks_to_verdicts import Verdict, fitted, verdicts, without_strays
from services.clean.facts import Facts
from services.clean.flat_features import flat_columns
from services.clean.html_to_body import html_to_body, parse
from services.clean.html_to_facts import html_to_facts
from services.clean.language import language_of
from services.clean.limits import CleanLimits
from services.clean.network import Floats, Model, load, probabilities
from services.clean.page_to_refusal import refusal_of
from services.clean.raw_to_text import raw_to_text
from services.clean.refusals import TooLarge, UnsupportedLanguage
from services.clean.sheet import Sheet
from services.clean.terms import load_terms
from services.clean.text_to_blocks import text_to_sheet
from services.clean.text_to_facts import text_to_facts
from services.clean.version import CLEANER
from services.clean.zones import zones_of

_LIMITS = CleanLimits()
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|div|p|article|main|section|span|h1)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a page: its blocks, a verdict for each, and its facts."""

    blocks: list[Block]
    verdicts: list[Verdict]
    facts: Facts


def read_page(page: Page, limits: CleanLimits) -> Reading:
    """Return what the page says, with a verdict on each of its blocks; raises NotText or TooLarge."""
    text, encoded = raw_to_text(page, limits)
    tree = parse(text, limits, encoded) if page.content_type == "text/html" and _MARKUP.search(text) else None
    if tree is None:
        return _read_flat(text, page, limits)
    described = json_ld.objects(tree)
    blocks, likely = html_to_body(tree, described, limits)
    decided = verdicts(blocks, likely, fitted(blocks, likely, load("html").thresholds))
    facts = html_to_facts(tree, described, page.url)
    if facts.published is None or not facts.authors:
        shown = text_to_facts(blocks, decided, page.url, facts.title)
        facts = replace(facts, published=facts.published or shown.published, authors=facts.authors or shown.authors)
    return Reading(blocks, _without_title(blocks, decided, facts.title), facts)


def _read_flat(text: str, page: Page, limits: CleanLimits) -> Reading:
    """Return what a page without markup says."""
    if len(text) > limits.text_chars:
        raise TooLarge(f"page {page.id} has {len(text)} characters of text; at most {limits.text_chars} are read")
    sheet = text_to_sheet(text, limits)
    blocks = sheet.blocks
    model = load("flat")
    likely = _flat_likely(sheet, model)
    decided = without_strays(blocks, verdicts(blocks, likely, fitted(blocks, likely, model.thresholds)))
    facts = text_to_facts(blocks, decided, page.url, page.title)
    return Reading(blocks, _without_title(blocks, decided, facts.title), facts)


def _flat_likely(sheet: Sheet, model: Model) -> Floats:
    """Return how likely each block of a flat page is part of its article."""
    if not sheet.blocks:
        return np.zeros(0, np.float32)
    return probabilities(model, matrix(flat_columns(sheet, load_terms()), model.names))


def _without_title(blocks: list[Block], decided: list[Verdict], title: str) -> list[Verdict]:
    """Return the verdicts with every block that only repeats the title dropped."""
    key = " ".join(WORD.findall(title.lower()))
    if key not in [item.key for item in blocks]:
        return decided
    return [
        Verdict(False, verdict.likely, "repeats the title") if verdict.kept and item.key == key else verdict
        for item, verdict in zip(blocks, decided, strict=True)
    ]


def fingerprint(body: list[Block]) -> str:
    """Return 32 hex digits that are equal for the same words, whatever stands between and around them."""
    return hashlib.sha256(" ".join(item.key for item in body).encode()).hexdigest()[:32]


def page_to_article(page: Page, *, limits: CleanLimits = _LIMITS) -> Article:
    """Return the page's article; raises one of `refusals.REFUSALS` when it has none that is wanted."""
    reading = read_page(page, limits)
    blocks, facts = reading.blocks, reading.facts
    kept = [verdict.kept for verdict in reading.verdicts]
    body = list(compress(blocks, kept))
    refusal = refusal_of(blocks, kept, facts.title, page.url, limits.body_words)
    if refusal is not None:
        raise refusal
    text = "\n\n".join(item.text for item in body)
    language = language_of(text)
    if limits.languages is not None and language not in limits.languages:
        raise UnsupportedLanguage(f"page {page.id} is in {language}; wanted: {', '.join(sorted(limits.languages))}")
    paragraphs = _offsets(body)
    return Article(
        id=page.id,
        page_sha256=page.sha256,
        url=page.url,
        canonical_url=facts.canonical_url,
        source=page.source,
        site=facts.site or page.source.name,
        title=facts.title or page.title or "",
        authors=facts.authors,
        published=facts.published or page.published,
        updated=facts.updated or page.updated,
        fetched_at=page.fetched_at,
        pushed_at=page.pushed_at,
        language=language,
        tags=facts.tags,
        text=text,
        paragraphs=paragraphs,
        zones=zones_of(body, paragraphs),
        fingerprint=fingerprint(body),
        cleaner=CLEANER,
        revision=page.revision,
        canary=page.canary,
    )


def shown_of(page: Page, *, limits: CleanLimits = _LIMITS) -> str:
    """Return what of a refused page reads like an article, for a person to judge; "" when it cannot be read at all."""
    try:
        reading = read_page(page, limits)
    except TocsinError:
        return ""
    kept = zip(reading.blocks, reading.verdicts, strict=True)
    return "\n\n".join(item.text for item, verdict in kept if verdict.kept)


def _offsets(body: list[Block]) -> tuple[tuple[int, int], ...]:
    """Return (start, end) of each block in the text that joins them by a blank line."""
    found = []
    start = 0
    for item in body:
        found.append((start, start + len(item.text)))
        start += len(item.text) + 2
    return tuple(found)
