"""Zones: which stretches of a body are its lede, quotes or captions; the rest is body."""

import re

from schemas import Zone
from services.clean.block import Block

_MIN_QUOTE_CHARS = 20  # shorter quotation marks are names and irony, not somebody's words
_QUOTED = re.compile(  # every way starts with its mark: the search skips to the next one
    r"“[^“”\n]{1,2000}”|„[^„“”\n]{1,2000}[“”]|«[^«»\n]{1,2000}»|\"(?<!\w\")[^\"\n]{1,2000}\"(?!\w)|「[^「」\n]{1,2000}」"
)
_QUOTE_MARKS = '“„«"「'  # that a quote starts with
_CAPTION_WORDS = 90
_CREDIT_CHARS = 120  # from the end: where a credit stands
# a credit ends a caption and is no sentence: "Photograph: AFP via Getty", "(Foto: dpa)", "AP Photo/Ann Lee"
_CREDIT = re.compile(
    r"(?:\b(?:photo(?:graph)?s?|fotos?|image|picture|credit|crédits?|créditos?|illustration|bild|crédit photo)"
    r"(?:\s+(?:credit|by))?\s*[:/]\s*\w|\bphoto(?:graph)?\s+by\s|/(?:AP|AFP|Getty|Reuters|dpa|EPA|ANSA|EFE)\b|©|"
    r"\b(?:Getty Images|AFP via Getty|AP Photo))[^.!?…]{0,80}$",
    re.IGNORECASE,
)
_CREDIT_WORDS_TEXT = (
    "photo photos photograph photographs foto fotos image picture credit crédit credits crédits crédito créditos "
    "illustration bild ap afp getty reuters dpa epa ansa efe"
)
_CREDIT_WORDS = frozenset(_CREDIT_WORDS_TEXT.split())  # each credit has one of them or a ©


def is_caption(item: Block) -> bool:
    """Tell whether a block describes a picture: it stands in a figcaption, or ends with the picture's credit."""
    if item.is_caption or item.size > _CAPTION_WORDS:
        return item.is_caption
    may_credit = not _CREDIT_WORDS.isdisjoint(item.words) or "©" in item.text
    return may_credit and _CREDIT.search(item.text[-_CREDIT_CHARS:]) is not None


def zones_of(body: list[Block], paragraphs: tuple[tuple[int, int], ...]) -> tuple[Zone, ...]:
    """Return the lede, the captions and the quotes by where they start.

    The lede is the first paragraph of the body that is a sentence and no caption.
    """
    zones = []
    has_lede = False
    for item, (start, end) in zip(body, paragraphs, strict=True):
        if is_caption(item):
            zones.append(Zone(kind="caption", start=start, end=end))
            continue  # what a caption quotes is caption
        if not has_lede and item.ends == 2 and item.size >= 6:
            zones.append(Zone(kind="lede", start=start, end=end))
            has_lede = True
        for match in _QUOTED.finditer(item.text) if any(map(item.text.__contains__, _QUOTE_MARKS)) else ():
            if len(match[0]) >= _MIN_QUOTE_CHARS:
                zones.append(Zone(kind="quote", start=start + match.start(), end=start + match.end()))
    return tuple(sorted(zones, key=lambda zone: (zone.start, zone.end)))
