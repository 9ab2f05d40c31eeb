"""Rules on places elsewhere: Lebanon, Pa.; Cuba Street; Georgia and Alabama; along the Niger. See context.py."""

import re

from services.tag.surroundings import Surroundings

_RIVERS = frozenset(("Niger", "Jordan", "Senegal", "Paraguay", "Uruguay"))
_BEFORE_A_RIVER = ("the", "upper", "middle", "lower", "mighty")
_GOES_ON = re.compile(
    r"(?:[.,;:!?)”\"]|$| (?:is|was|were|are|has|had|have|and|or|in|at|near|to|from|where|which|as|that|of|on|rose|"
    r"rises|flows|flowed|burst|bursts|saw|flooded|floods|runs|ran|fell|falls|swelled|by|with|for|who|will|would|before|after|"
    r"while|when|during|between|north|south|east|west|upstream|downstream)\b)"
)
_STATE_AFTER = re.compile(r",\s+([A-Z][\w.]*(?: [A-Z]\w+)?)")
_LONGER_NAME = re.compile(r"(?:['’]s)? (?:[A-Z]\w+ ){0,2}([A-Z]\w+)")
_STREET = re.compile(
    r"\b(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Qq]uai|[Ii]mpasse|[Ff]aubourg|[Aa]llée) (?:de la |de |du |des |d['’])$"
)
_PLACES = r"[A-Z]\w+(?: [A-Z]\w+)?"
_STATES_AFTER = re.compile(rf"(?:,| and| or| et|/)\s+({_PLACES})")
_STATES_BEFORE = re.compile(rf"({_PLACES})(?:,| and| or)(?: and| or)?\s+$")


def elsewhere(near: Surroundings) -> str:
    """Return a reason for Lebanon, Pa.; Paris, Texas; Cuba Street; Jordan Creek; Spanish Oaks Apartments."""
    kind = near.alias.kind
    if kind not in ("name", "capital", "demonym"):
        return ""
    longer = _LONGER_NAME.match(near.after)
    if longer and longer[1] in near.words["buildings"]:
        return "a place elsewhere: part of a longer name"
    if kind == "demonym":
        return ""
    match = _STATE_AFTER.match(near.after)
    if match:
        place = match[1].removesuffix(".")
        if place in near.words["state_abbreviations"] or not near.words["us_states"].isdisjoint(
            (place, place.split()[0])
        ):
            return "a place elsewhere: state after"
    if near.word_after in near.words["local_suffixes"] and not near.is_headline_case():
        return "a place elsewhere: part of a longer name"
    return ""


def us_state(near: Surroundings) -> str:
    """Return a reason for Georgia in a list of states, before a word of state politics, or after Gov."""
    if near.surface.title() != "Georgia":
        return ""
    if near.word_after in near.words["state_words"]:
        return "the US state: word of state politics after"
    states = near.words["us_states"]
    for match in (_STATES_AFTER.match(near.after), _STATES_BEFORE.search(near.before)):
        if match and not states.isdisjoint((match[1], match[1].split()[0], match[1].split()[-1])):
            return "the US state: among states"
    return ""


def person_of_a_place(near: Surroundings) -> str:
    """Return a reason for a Lebanon woman, two London residents: people of a state have its adjective."""
    if (
        near.alias.actor.isupper()
        and near.alias.kind in ("name", "capital")
        and near.alias.ambiguous
        and near.word_after in near.words["townspeople"]
    ):
        return "a place elsewhere: people of a town after"
    return ""


def river(near: Surroundings) -> str:
    """Return a reason for along the Niger, on the Jordan: an article and no noun after it. The Niger junta has one."""
    is_bare_name = near.alias.kind == "name" and near.surface in _RIVERS and near.word_before in _BEFORE_A_RIVER
    return "a river: article before" if is_bare_name and _GOES_ON.match(near.after) else ""


def street(near: Surroundings) -> str:
    """Return a reason for rue de Rome, avenue du Congo, boulevard de Moscou."""
    return "a place elsewhere: a street" if near.alias.kind != "demonym" and _STREET.search(near.before) else ""
