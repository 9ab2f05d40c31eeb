"""Rules on people: Chad Smith, Michael Jordan, Dr Helen Poland, President Ali Bongo. See context.py."""

import re

from services.tag.surroundings import Surroundings

SURNAME_AFTER = "a person: surname after"
_INITIAL = re.compile(r"(?:^|[\s(])(?:[A-Z]\.[ \u00a0]?){1,3}$")
_COUNTRY_INITIALS = re.compile(r"\b[UNE]\.[ \u00a0]?[A-Z]\.[ \u00a0]?$")
_TITLE_AND_NAME = re.compile(r"\b([A-Z]\w+)\.? [A-Z][\w-]+ $")
_SURNAME_AND_AGE = re.compile(r" [A-ZÀ-Þ][\w'’-]+,\s+(?:(?:aged|âgée?\s+de)\s+)?\d{1,2}(?:[,.]|\s+ans\b)")
_AGE_AFTER = re.compile(r",\s+(?:aged\s+|âgée?\s+de\s+)?\d{1,2}(?:,|\s+ans\b)")
# After a surname; any other word in lower case makes a demonym an adjective: Emma French said, Emma, French minister.
_AFTER_SURNAME = (" and", " said", " who", " was", " is", " has", " had")


_ARTICLES_FR = frozenset(("la", "le", "les", "du", "de", "au", "aux", "en", "l", "d"))
_KIN_AFTER = re.compile(
    r"['’]s (?:mother|father|brother|sister|wife|husband|son|daughter|girlfriend|boyfriend|mum|dad|mom)\b"
)
_COUNTS = frozenset(("A", "The", "One", "Another", "Two", "Three", "Four", "Some", "Many", "Most", "Every", "Each"))
_FIRST_NAME_BESIDE = re.compile(r" (?:and|&|et) ([A-ZÀ-Þ][\w-]+)(?! [A-Z])")
_KIN = re.compile(
    r"\b(?:brother|sister|son|daughter|wife|husband|boyfriend|girlfriend|fiancée?|mum|mom|dad|mother|father|cousin|"
    r"uncle|aunt|nephew|niece|grandson|granddaughter|frère|sœur|fils|fille|mari|épouse|époux|copain|copine|cousine|"
    r"neveu|nièce|oncle|tante),? $"
)
# Before a name these open a question or a wish: Will Niger leave? May Jordan find peace.
_MODALS = frozenset(("Will", "May", "Can", "Would"))
# Of states that French names without an article; all others have le, la, du, au, en or a sign before them.
_BARE_IN_FRENCH = frozenset(
    re.findall(
        r"\S+",
        """CUB HTI MDG MLT MCO OMN BHR SGP TWN CYP DJI MUS ISR AND ATG BRN KIR NRU PLW TUV TON VUT HKG MAC PRI STP TTO
        KNA LCA VCT CPV SMR SLV GRD FJI PAN GUY COG COD TLS WSM VAT XKX BLZ AIA ABW CUW""",
    )
)
_SENTENCE_ENDS = ("\n", ". ", ": ", "? ", "! ", "« ", "«\u00a0")


def _opens(near: Surroundings) -> bool:
    """Return whether the word before opens a sentence, so that its capital says nothing."""
    before = near.before[: -len(near.word_before) - 1]
    return not before.strip(" \u00a0«“\"'‘(-–—") or before.endswith(_SENTENCE_ENDS)


def titled(near: Surroundings) -> str:
    """Return a reason for Mr England, Dr Helen Poland, J. R. Ireland."""
    alias = near.alias
    if alias.kind not in ("name", "demonym", "capital"):
        return ""
    honorifics = near.words["honorifics"]
    if near.word_before.removesuffix(".") in honorifics:
        return "a person: title before"
    with_name = _TITLE_AND_NAME.search(near.before)
    if with_name and with_name[1] in honorifics:
        return "a person: title and first name before"
    if alias.shape and _INITIAL.search(near.before) and not _COUNTRY_INITIALS.search(near.before):
        return "a person: initials before"
    return ""


def surname(near: Surroundings) -> str:
    """Return a reason for Michael Jordan, Denzel Washington, Sian French, Kurt Wagner."""
    alias, word = near.alias, near.word_before
    if not word[:1].isupper() or near.before.endswith("\n"):
        return ""
    opens = _opens(near)
    if opens and word in _MODALS and near.word_after[:1].islower():
        return ""
    if word in near.words["first_names"] and (alias.shape or alias.kind == "demonym"):
        is_adjective = alias.kind == "demonym" and near.word_after[:1].islower()
        return "" if is_adjective and not near.after.startswith(_AFTER_SURNAME) else "a person: first name before"
    if alias.shape == "surname" and alias.actor.islower() and not near.is_headline_case():
        # Of armed groups and organisations any capital word before makes a person: they have no North or President.
        known = word in near.words["openers"] or word in near.words["roles_and_bodies"]
        if word.isalpha() and not word.isupper() and not opens and not known:
            return "a person: capital word before"
    return ""


def given_name(near: Surroundings) -> str:
    """Return a reason for Chad Smith, Jordan Pickford, Israel Adesanya, and Jordan, 24."""
    alias, word = near.alias, near.word_after
    if alias.kind == "name" and _SURNAME_AND_AGE.match(near.after):
        return "a person: surname and age after"
    if alias.shape not in ("given", "both") or near.surface.isupper():
        return ""
    if _AGE_AFTER.match(near.after):
        return "a person: age after"
    if any(near.after.startswith(" " + verb) for verb in near.words["person_verbs"]):
        return "a person: verb of a person after"
    if not word[:1].isupper() or (word.isupper() and len(word) > 1) or not word[:2].isalpha():
        return ""
    if word in near.words["roles_and_bodies"] or near.is_headline_case() or near.after.startswith("\n"):
        return ""
    return SURNAME_AFTER


def longer_leader(near: Surroundings) -> str:
    """Return a reason for President Ali Bongo, who is not President Ali."""
    alias, word = near.alias, near.word_after
    if alias.kind == "leader" and alias.ambiguous and word[:1].isupper() and word not in near.words["roles_and_bodies"]:
        return "" if near.is_headline_case() else "a person: longer name"
    return ""


def bare_demonym(near: Surroundings) -> str:
    """Return a reason for Finn said, which is a name; a Finn, young Finns are people of the country."""
    if near.alias.kind != "demonym" or not near.alias.shape or near.surface.endswith("s"):
        return ""
    return "" if near.word_before[:1].islower() or near.word_before in _COUNTS else "a name"


def kin(near: Surroundings) -> str:
    """Return a reason for her brother Chad, son fils Israël, Chad's mother."""
    if near.alias.shape not in ("given", "both"):
        return ""
    if _KIN.search(near.before) or _KIN_AFTER.match(near.after):
        return "a person: kin around"
    beside = _FIRST_NAME_BESIDE.match(near.after)
    return "a person: first name beside" if beside and beside[1] in near.words["first_names"] else ""


def full_name(near: Surroundings) -> str:
    """Return a reason for Benin Jones, singer Cyprus Reed, Chine Lee: no state has a surname after it."""
    alias, word = near.alias, near.word_after
    if not word[:1].isupper() or alias.kind not in ("name", "demonym", "capital"):
        return ""
    if near.word_before in near.words["occupations"] and word not in near.words["roles_and_bodies"]:
        return "a person: occupation before"
    if alias.kind != "name" or word.isupper() or word not in near.words["last_names"]:
        return ""
    return "" if near.word_before.lower() in _ARTICLES_FR else "a person: last name after"


def without_article(near: Surroundings) -> str:
    """Return a reason for Jacques Chine, Cyprien Togo, Orange Mali in French, which says la Chine, le Togo, au Mali."""
    alias, word = near.alias, near.word_before
    if near.language != "fr" or alias.kind != "name" or near.follows:
        return ""
    if word in near.words["first_names"] and not near.surface.isupper() and near.after[:1] not in ("-", "–", "/"):
        return "a person: first name before"
    if alias.actor in _BARE_IN_FRENCH:
        return ""
    if not word[:1].isupper() or word.isupper() or not word.replace("-", "").isalpha() or near.surface.isupper():
        return ""
    if near.after[:1] in ("-", "–", "/") or near.after[:2] in (" -", " –") or near.is_headline_case():
        return ""
    if word in near.words["roles_and_bodies"] or word in near.words["openers"]:
        return ""
    if near.surface.startswith(("la ", "La ")) or _opens(near):
        return ""
    return "a person or a company: capital word before, no article"
