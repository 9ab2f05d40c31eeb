"""Theme: the chrome of one kind of site, as text with places to fill in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """The chrome of one kind of site: text before the body, boxes inside it, text after it."""

    before: str
    inside: tuple[str, ...]
    after: str
