"""Zones: which stretches of a body are its lede, quotes or captions."""

import re

from schemas import Zone
from services.clean.block import Block

_MIN_QUOTE_CHARS = 20  # shorter quotation marks are names and irony, not somebody's words
_QUOTED = re.compile(
    r"“[^“”\n]{1,2000}”|„[^„“”\n]{1,2000}[“”]|«[^«»\n]{1,2000}»|(?<!\w)\"[^\"\n]{1,2000}\"(?!\w)|「[^「」\n]{1,2000}」"
)


def zones_of(body: list[Block], paragraphs: tuple[tuple[int, int], ...]) -> tuple[Zone, ...]:
    """Return the lede (the first paragraph of the body that is a sentence) and the quotes, by where they start."""
    zones = []
    for item, (start, end) in zip(body, paragraphs, strict=True):
        if item.ends == 2 and item.size >= 6:
            zones.append(Zone(kind="lede", start=start, end=end))
            break
    for item, (start, _) in zip(body, paragraphs, strict=True):
        for match in _QUOTED.finditer(item.text):
            if len(match[0]) >= _MIN_QUOTE_CHARS:
                zones.append(Zone(kind="quote", start=start + match.start(), end=start + match.end()))
    return tuple(sorted(zones, key=lambda zone: (zone.start, zone.end)))
