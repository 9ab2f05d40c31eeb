"""What stands around an alias and says that it is a person, a place elsewhere, a language or a word.

Each rule is one function from a candidate in its surroundings to a reason to reject it, or "" to keep it. A new rule is
a function in one of the three files and a row in RULES; the first reason is the one that is given.
"""

from collections.abc import Callable

from services.tag.catalogue import Alias
from services.tag.rules_on_people import bare_demonym, given_name, longer_leader, surname, titled
from services.tag.rules_on_places import elsewhere, person_of_a_place, river, street, us_state
from services.tag.rules_on_words import ACRONYMS_THAT_ARE_WORDS, language, shouted_word, style
from services.tag.surroundings import Surroundings

RULES: tuple[Callable[[Surroundings], str], ...] = (
    shouted_word,
    titled,
    surname,
    given_name,
    elsewhere,
    us_state,
    person_of_a_place,
    bare_demonym,
    language,
    style,
    river,
    street,
    longer_leader,
)
_UNQUESTIONED = ("leader", "metonym", "organisation")


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
