"""Rules on places elsewhere: Lebanon, Pa.; Cuba Street; Georgia and Alabama; along the Niger. See context.py."""

import re

from services.tag.surroundings import Surroundings

_RIVERS = frozenset(("Niger", "Jordan", "Senegal", "Paraguay", "Uruguay"))
_RIVERS_FR = frozenset(("Niger", "Congo", "Sénégal", "Jourdain", "Paraguay", "Uruguay"))
_ON_A_RIVER = re.compile(
    r"(?:\b(?:pirogues?|pinasses?|barques?|bac|navire|bateau)\b[^.;:]{0,24} (?:sur|dans) le |"
    r"\b(?:pont|barrage|naviguer|navigation|naviguent|pêche|pêchent|pêchait) sur le |"
    r"\b(?:le long|au bord|méandres|affluents?|lit|cours|source|crue|décrue|étiage|eaux|rives?|"
    r"berges?|boucle|bassin|vallée) du )$"
)
_BEFORE_A_RIVER = ("the", "upper", "middle", "lower", "mighty")
_GOES_ON = re.compile(
    r"(?:[.,;:!?)”\"]|$| (?:is|was|were|are|has|had|have|and|or|in|at|near|to|from|where|which|as|that|of|on|rose|"
    r"rises|flows|flowed|burst|bursts|saw|flooded|floods|runs|ran|fell|falls|swelled|by|with|for|who|will|would|before|after|"
    r"while|when|during|between|north|south|east|west|upstream|downstream)\b)"
)
_STATE_AFTER = re.compile(r",\s+(?:dans (?:le |la |l['’])|au |en |in )?([A-Z][\w.]*(?: [A-Z]\w+)?)")
_LONGER_NAME = re.compile(r"(?:['’]s)? (?:[A-Z]\w+ ){0,2}([A-Z]\w+)")
_STREET = re.compile(
    r"\b(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Qq]uai|[Ii]mpasse|[Ff]aubourg|"
    r"[Aa]llée|[Pp]lace|[Ss]quare|[Rr]ond-point) "
    r"(?:(?:de la |de l['’]|de |du |des |d['’])?[A-ZÀ-Þ][\w-]+ ){0,3}(?:de la |de |du |des |d['’])$"
    r"|\b(?:[Mm]étro|[Ss]tation) $"
)
_STATE_OF = re.compile(r"\b(?:[Ss]tate of |[ÉE]tat (?:américain )?de (?:la )?)$")
_STATE_THEN_CITY = re.compile(r",? (?:l['’][ÉE]tat d['’](?:Atlanta)|aux [ÉE]tats-Unis)")
_PLACES = r"[A-Z]\w+(?: [A-Z]\w+)?"
_STATES_AFTER = re.compile(rf"(?:,| and| or| et| ou|/)\s+(?:en |la |le |l['’])?({_PLACES})")
_STATES_BEFORE = re.compile(rf"({_PLACES})(?:,| and| or| et| ou)(?: and| or)?\s+(?:en |la |de |de la |l['’])?$")


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
    if near.surface.title() not in ("Georgia", "Géorgie"):
        return ""
    if _STATE_OF.search(near.before) or _STATE_THEN_CITY.match(near.after):
        return "the US state: called a state"
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
    if near.language == "fr":
        is_water = near.alias.kind == "name" and near.surface in _RIVERS_FR and _ON_A_RIVER.search(near.before)
        return "a river: a boat or a bank before" if is_water else ""
    is_bare_name = near.alias.kind == "name" and near.surface in _RIVERS and near.word_before in _BEFORE_A_RIVER
    return "a river: article before" if is_bare_name and _GOES_ON.match(near.after) else ""


def street(near: Surroundings) -> str:
    """Return a reason for rue de Rome, avenue du Congo, boulevard de Moscou."""
    return "a place elsewhere: a street" if near.alias.kind != "demonym" and _STREET.search(near.before) else ""


def diminutive(near: Surroundings) -> str:
    """Return a reason for Little Russia, la Petite Arménie: a quarter somewhere else."""
    is_quarter = near.alias.kind == "name" and (
        near.word_before in ("Little", "Petite", "Petit") or near.before.endswith(("Nouvelle-", "Petite-", "Nova "))
    )
    return "a place elsewhere: a quarter" if is_quarter else ""
