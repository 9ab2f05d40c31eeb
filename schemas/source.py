"""Source: who published a page, as far as the source registry knows."""

from schemas.message import Part


class Source(Part):
    """Who published a page; unknown attributes stay None, and never satisfy a rule's filter."""

    id: str = "push"
    name: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-3
    language: str | None = None  # ISO 639-1
    tier: int | None = None  # 1 is the most trusted
    owner: str | None = None  # sources of one owner are one origin
