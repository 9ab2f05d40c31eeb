"""The traps of this folder: one sentence each, around the false friends of an actor; written before they were run."""

import re
from dataclasses import dataclass
from pathlib import Path

_OPTIONAL = re.compile(r"\s*\(([A-Za-z0-9 -]+)\)\s*$")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Trap:
    """A sentence, the actors it names and those it may name."""

    kind: str
    language: str
    text: str
    actors: frozenset[str]
    optional: frozenset[str]

    def is_right(self, found: set[str]) -> bool:
        """Return whether exactly the actors are found, whatever is optional."""
        return found - self.optional == self.actors - self.optional


def traps(language: str) -> list[Trap]:
    """Return the traps of a language in the order of its file."""
    found = []
    for line in (HERE / f"traps_{language}.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            kind, actors, text = (part.strip() for part in line.split("|", 2))
            optional = _OPTIONAL.search(text)
            found.append(
                Trap(
                    kind=kind,
                    language=language,
                    text=_OPTIONAL.sub("", text).replace("\\n", "\n"),
                    actors=frozenset(actors.replace("-", "", 1).split() if actors == "-" else actors.split()),
                    optional=frozenset(optional[1].split() if optional else ()),
                )
            )
    return found
