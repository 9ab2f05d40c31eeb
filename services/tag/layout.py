"""Where in an article something stands: sentence, paragraph and zone of an offset."""

import re
from bisect import bisect_right

from schemas import Article, Sentence
from schemas.article import ZoneKind
from services.tag.sentences import split_sentences

_PAIRS = {"“": "”", "«": "»", '"': '"'}
_MARKS = re.compile('[“”«»"]')
_LEDE_PARAGRAPHS = 1


class Layout:
    """The sentences of an article, the title's first, and the zone of every offset of its text."""

    def __init__(self, article: Article) -> None:
        title_end = len(article.title)
        self.sentences: list[Sentence] = [Sentence(start=0, end=title_end, paragraph=0, zone="title")]
        self._zones = _zones(article)
        self._zone_starts = [start for start, _, _ in self._zones]
        for number, (start, end) in enumerate(article.paragraphs, 1):
            for first, last in split_sentences(article.text, start, end):
                zone = self.zone(first, number)
                self.sentences.append(Sentence(start=first, end=last, paragraph=number, zone=zone))
        self._starts = [sentence.start for sentence in self.sentences[1:]]

    def sentence_at(self, offset: int) -> int:
        """Return the number of the body sentence that an offset of the text is in, or 0 when it is in none."""
        return bisect_right(self._starts, offset)

    def zone(self, offset: int, paragraph: int) -> ZoneKind:
        """Return the zone of an offset of the text; quotes win over the lede, what nothing covers is body."""
        at = bisect_right(self._zone_starts, offset) - 1
        if at >= 0 and offset < self._zones[at][1]:
            return self._zones[at][2]
        return "lede" if paragraph <= _LEDE_PARAGRAPHS else "body"


def _zones(article: Article) -> list[tuple[int, int, ZoneKind]]:
    """Return the article's own quotes and captions, or the quotes found by their marks; sorted, none overlaps."""
    own = [(zone.start, zone.end, zone.kind) for zone in article.zones if zone.kind in ("quote", "caption")]
    found = sorted(own + quotes(article.text, article.paragraphs)) if own else quotes(article.text, article.paragraphs)
    kept: list[tuple[int, int, ZoneKind]] = []
    for start, end, kind in found:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, kind))
    return kept


def quotes(text: str, paragraphs: tuple[tuple[int, int], ...]) -> list[tuple[int, int, ZoneKind]]:
    """Return the stretches between quotation marks, marks included; an open one ends with its paragraph."""
    if not any(mark in text for mark in _PAIRS):
        return []
    found: list[tuple[int, int, ZoneKind]] = []
    for start, end in paragraphs:
        opening = -1
        for match in _MARKS.finditer(text, start, end):
            at = match.start()
            if opening < 0:
                opening = at if match[0] in _PAIRS else -1
            elif match[0] == _PAIRS[text[opening]]:
                found.append((opening, at + 1, "quote"))
                opening = -1
        if opening >= 0:
            found.append((opening, end, "quote"))
    return found
