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
    "townspeople",
    "buildings",
    "elsewhere",  # alias: words that say it is somewhere or someone else; kept as "elsewhere:<alias>"
)
_SECTION = re.compile(r"\[(\w+)\]\Z")


def parse_words(text: str, file: str, mistakes: Mistakes) -> dict[str, frozenset[str]]:
    """Return list name → words of a words.txt; unknown, missing and stray lines are noted in `mistakes`."""
    found: dict[str, set[str]] = {}
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
    for name in LISTS:
        if name not in found:
            mistakes.add(file, 1, f"expected a section [{name}], found none")
    return {name: frozenset(words) for name, words in found.items()}
