"""Sentences with the actors they name: one a line, as in tests/unit/tag/traps_en.txt and benchmarks/tag_blind_sets/."""

import re
from dataclasses import dataclass
from pathlib import Path

from schemas import Article
from schemas.found_date import FoundDate
from services.tag.text_to_article import article_from_text

_OPTIONAL = re.compile(r"\s*\(([A-Za-z0-9 -]+)\)\s*$")
_DATE = re.compile(r"@(\d{4}-\d\d-\d\d) ")


@dataclass(frozen=True)
class Trap:
    """A sentence, the actors it names and those it may name; `date` is when it was published, or ""."""

    kind: str
    language: str
    text: str
    actors: frozenset[str]
    optional: frozenset[str]
    date: str = ""

    def is_right(self, found: set[str]) -> bool:
        """Return whether exactly the actors are found, whatever is optional."""
        return found - self.optional == self.actors - self.optional

    def article(self) -> Article:
        """Return the sentence as an article."""
        article = article_from_text("trap", "", self.text, self.language)
        if not self.date:
            return article
        return article.model_copy(update={"published": FoundDate(value=self.date, source="meta")})


def read_traps(path: Path) -> list[Trap]:
    """Return the traps of a file in its order; its language is the last word of its name: round1_en.txt."""
    language = path.stem.rsplit("_", maxsplit=1)[-1]
    lines = path.read_text("utf-8").splitlines()
    return [_trap(line, language) for line in lines if line.strip() and not line.startswith("#")]


def _trap(line: str, language: str) -> Trap:
    kind, actors, text = (part.strip() for part in line.split("|", 2))
    optional, date = _OPTIONAL.search(text), _DATE.match(text)
    plain = _OPTIONAL.sub("", text)[date.end() if date else 0 :]
    return Trap(
        kind=kind,
        language=language,
        text=plain.replace("\\n", "\n"),
        actors=frozenset() if actors == "-" else frozenset(actors.split()),
        optional=frozenset(optional[1].split() if optional else ()),
        date=date[1] if date else "",
    )
