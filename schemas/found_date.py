"""FoundDate: a date as a page states it, and where it stood."""

from typing import Literal

from schemas.message import Part

# Where a date was found, from the most to the least trustworthy.
DateSource = Literal["json-ld", "microdata", "meta", "time", "byline", "dateline", "feed", "url", "text"]


class FoundDate(Part):
    """A date as a page states it: ISO 8601, without a zone when the page gives none; unknown is never now."""

    value: str  # "2024-03-27", "2024-01-17T05:08" or "2024-01-17T05:08:00+00:00"
    source: DateSource
