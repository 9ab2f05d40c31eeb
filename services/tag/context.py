"""What stands around an alias and says that it is a person, a place elsewhere, a language or a word.

Each rule is one function from a candidate in its surroundings to a reason to reject it, or "" to keep it. A new rule is
a function in one of the three files and a row in RULES; the first reason is the one that is given.
"""

import re
from collections.abc import Callable

from services.tag.catalogue import Alias
from services.tag.rules_on_people import (
    bare_demonym,
    full_name,
    given_name,
    kin,
    longer_leader,
    surname,
    titled,
    without_article,
)
from services.tag.rules_on_places import diminutive, elsewhere, person_of_a_place, river, street, us_state
from services.tag.rules_on_things import club, school, sea, thing, treaty, vessel
from services.tag.rules_on_words import ACRONYMS_THAT_ARE_WORDS, LANGUAGE, language, shouted_word, style
from services.tag.surroundings import Surroundings

RULES: tuple[Callable[[Surroundings], str], ...] = (
    shouted_word,
    titled,
    surname,
    given_name,
    full_name,
    kin,
    without_article,
    elsewhere,
    diminutive,
    us_state,
    person_of_a_place,
    bare_demonym,
    language,
    style,
    river,
    street,
    thing,
    vessel,
    club,
    sea,
    school,
    treaty,
    longer_leader,
)
_UNQUESTIONED = ("leader", "metonym", "organisation")


# Between two languages of one list, and between two names of one row: parle russe et anglais; Mali Burkina Niger.
_AND = re.compile(r"(?:,| and|, and| or| et| ou|, but not) (?:the |le |l['’]|du |de l['’]|en |into |in )?\Z")
_NEXT_TO = re.compile(r"[ \u00a0\n]\Z")


def follows_as(gap: str, reason_before: str) -> str:
    """Return what a candidate follows, by the gap to the one before: "a language", "a name" or ""."""
    if reason_before == LANGUAGE:
        return LANGUAGE if _AND.match(gap) else ""
    return "a name" if _NEXT_TO.match(gap) and not reason_before else ""


def is_unquestioned(alias: Alias) -> bool:
    """Return whether no rule can reject an alias, so that its surroundings need not be read."""
    is_plain = alias.kind in _UNQUESTIONED and not alias.shape and not alias.ambiguous
    return is_plain and alias.text not in ACRONYMS_THAT_ARE_WORDS


def reason_to_reject(near: Surroundings) -> str:
    """Return why a candidate is no mention, by the first rule that says so, or ""."""
    for rule in RULES:
        reason = rule(near)
        if reason:
            return reason
    return ""
