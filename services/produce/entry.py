"""Entry: one page that a feed or sitemap points to, as it describes it."""

import hashlib
from dataclasses import dataclass

from schemas import FoundDate


@dataclass(frozen=True, slots=True)
class Entry:
    """A link in a feed or sitemap; what is not said stays None, and unknown dates are never now."""

    url: str  # absolute
    key: str  # the feed's own id, or the URL
    title: str | None = None
    published: FoundDate | None = None
    updated: FoundDate | None = None

    @property
    def digest(self) -> str:
        """12 hex digits of the key: what a checkpoint remembers of it."""
        return _digest(self.key)

    @property
    def version(self) -> str:
        """8 hex digits that change when the feed says that the page was edited or moved."""
        dates = [date.value if date else "" for date in (self.published, self.updated)]
        return _digest("\0".join((self.url, self.title or "", *dates)))[:8]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
