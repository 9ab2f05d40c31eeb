"""What a site's robots.txt allows (RFC 9309)."""

from dataclasses import dataclass
from typing import Final

from protego import Protego

MAX_ROBOTS_BYTES: Final = 500 * 1024  # RFC 9309, 2.5: what lies behind is not looked at


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for us on one host."""

    rules: Protego | None  # None: everything is allowed
    agent: str

    def allows(self, url: str) -> bool:
        """Return whether we may fetch the URL."""
        return self.rules is None or bool(self.rules.can_fetch(url, self.agent))

    @property
    def crawl_delay_seconds(self) -> float:
        """The pause between requests that the site asks for; 0.0 when it asks for none."""
        return float(self.rules.crawl_delay(self.agent) or 0.0) if self.rules else 0.0

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that robots.txt names."""
        return tuple(self.rules.sitemaps) if self.rules else ()


def parse_robots(raw: bytes, *, agent: str) -> Robots:
    """Return the rules of a robots.txt; whatever cannot be understood in it allows."""
    text = raw[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").lstrip("\ufeff")
    return Robots(Protego.parse(text), agent)


def agent_token(user_agent: str) -> str:
    """Return the product name of a User-Agent, by which robots.txt speaks of us: `Tocsin/0.1 (…)` → `Tocsin`."""
    return user_agent.split("/", maxsplit=1)[0].split(" ", maxsplit=1)[0]
