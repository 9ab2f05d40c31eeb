"""Mistakes in data files, collected so that all of them are reported at once."""

from dataclasses import dataclass, field

from runtime.errors import Misconfigured


class WatchFolderInvalid(Misconfigured):
    """A file of the watch folder is not what it should be; the message has one line per mistake."""


@dataclass
class Mistakes:
    """What is wrong, as `file:line: what was expected, what was found`."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, what: str) -> None:
        """Note one mistake; lines count from 1."""
        self.found.append(f"{file}:{line}: {what}")

    def raise_if_any(self) -> None:
        """Raise WatchFolderInvalid with every mistake, one a line; do nothing when there is none."""
        if self.found:
            raise WatchFolderInvalid("\n".join(self.found))
