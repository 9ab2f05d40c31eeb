"""One line of aliases.tsv, as the build script makes it."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Row:
    """One line of aliases.tsv."""

    actor: str
    kind: str
    language: str
    text: str
    marks: str = ""
    since: str = ""
    until: str = ""
    source: str = "typed"
    as_of: str = ""  # of a typed row, when it was last reviewed; of others build.py knows it
