"""CleanLimits: how much of a page the cleaner reads, and what it still calls an article."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CleanLimits:
    """Bounds that keep the time and memory of one page small; the defaults fit news pages."""

    page_bytes: int = 8_000_000  # the largest news page of the benchmark has 2.5 MB; more is a log, a feed or an attack
    text_chars: int = 1_000_000  # of text in a page, without markup; the longest of the benchmark has 109 000
    html_nodes: int = 60_000  # elements read before the rest is ignored; the richest page of the benchmark has 12 000
    line_chars: int = 20_000  # a longer line is cut into pieces at sentence ends
    blocks: int = 6_000  # lines or HTML blocks read before the rest is ignored
    body_words: int = 12  # fewer words are no article; the shortest flashes in the seeds' sources have 30
    languages: frozenset[str] | None = None  # ISO 639-1 codes that are wanted; None wants all of them
