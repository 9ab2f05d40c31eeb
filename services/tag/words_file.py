"""words.txt: the word lists of the context rules. Text in, lists out."""

import re

from services.tag.mistakes import Mistakes

LISTS = (
    "first_names",
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
)
_SECTION = re.compile(r"\[(\w+)\]\Z")


def parse_words(text: str, file: str, mistakes: Mistakes) -> dict[str, frozenset[str]]:
    """Return list name → words of a words.txt; unknown, missing and stray lines are noted in `mistakes`."""
    found: dict[str, set[str]] = {}
    current: set[str] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        section = _SECTION.match(line)
        if section and section[1] in LISTS:
            current = found.setdefault(section[1], set())
        elif section:
            mistakes.add(file, number, f"expected one of {', '.join(LISTS)}, found '{section[1]}'")
        elif current is None:
            mistakes.add(file, number, f"expected a section such as [first_names], found '{line}'")
        else:
            current.update(word.strip() for word in line.split(",") if word.strip())
    for name in LISTS:
        if name not in found:
            mistakes.add(file, 1, f"expected a section [{name}], found none")
    return {name: frozenset(words) for name, words in found.items()}
