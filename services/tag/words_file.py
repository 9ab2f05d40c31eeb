"""words.txt, things.txt, names.txt: the word lists of the context rules. Texts in, lists out."""

import re
from collections.abc import Iterable

from services.tag.mistakes import Mistakes

LISTS = (
    "first_names",
    "last_names",
    "occupations",
    "honorifics",
    "us_states",
    "state_abbreviations",
    "local_suffixes",
    "state_words",
    "local_cues",
    "government_words",
    "roles_and_bodies",
    "openers",
    "person_verbs",
    "caps_word_governors",
    "state_nouns",
    "townspeople",
    "buildings",
    "species",
    "things",
    "species_fr",
    "things_fr",
    "trade_words",
    "treaty_words",
    "elsewhere",  # alias: words that say it is somewhere or someone else; kept as "elsewhere:<alias>"
)
_SECTION = re.compile(r"\[(\w+)\]\Z")


def parse_words(files: Iterable[tuple[str, str]], mistakes: Mistakes) -> dict[str, frozenset[str]]:
    """Return list name → words of (name to report, text) files; unknown, missing and stray lines are noted."""
    found: dict[str, set[str]] = {}
    last = ""
    for last, text in files:
        _read(text, last, found, mistakes)
    for name in LISTS:
        if name not in found:
            mistakes.add(last, 1, f"expected a section [{name}] in one of the word lists, found none")
    return {name: frozenset(words) for name, words in found.items()}


def _read(text: str, file: str, found: dict[str, set[str]], mistakes: Mistakes) -> None:
    """Add the words of one file to the lists; a section may go on in another file."""
    current: set[str] | None = None
    section_name = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        section = _SECTION.match(line)
        if section and section[1] in LISTS:
            section_name = section[1]
            current = found.setdefault(section_name, set())
        elif section:
            mistakes.add(file, number, f"expected one of {', '.join(LISTS)}, found '{section[1]}'")
        elif section_name == "elsewhere" and ":" in line:
            alias, _, cues = line.partition(":")
            found[f"elsewhere:{alias.strip()}"] = {cue.strip() for cue in cues.split(",") if cue.strip()}
        elif current is None:
            mistakes.add(file, number, f"expected a section such as [first_names], found '{line}'")
        else:
            current.update(word.strip() for word in line.split(",") if word.strip())
