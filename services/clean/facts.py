"""Facts: what a page says about its article besides the text; unknown stays unknown."""

from dataclasses import dataclass

from schemas import FoundDate


@dataclass(frozen=True, slots=True)
class Facts:
    """Title, people, dates and place of publication; the same for HTML and flat text."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: FoundDate | None = None
    updated: FoundDate | None = None
    site: str | None = None
    canonical_url: str | None = None
    tags: tuple[str, ...] = ()
