"""Rules on things that bear the name of a country: Belgian waffles, renouée du Japon, USS Vietnam. See context.py."""

import re

from services.tag.surroundings import Surroundings

# Trade in the thing is news of the country: Belgian waffle exports, l'embargo sur les tapis iraniens.
_TRADED = re.compile(
    r"\b(?:export|import|tariff|dut(?:y|ies)\b|ban\b|bans\b|embargo|quota|prices?\b|shipments?\b|sales\b|trade|"
    r"exportat|importat|droits\b|taxes?\b|filière|prix\b|vent(?:e|es)\b|commerce)[^.;:!?]{0,24}$",
    re.IGNORECASE,
)
_NEXT_TWO = re.compile(r"[ \u00a0\n]([^\W\d_]+)(?:[ \u00a0\n]([^\W\d_]+))?")
_NOUN_OF = re.compile(r"(?:^|[\s'’(«“\"])([^\W\d_]+) (?:de la |de l['’]|de |du |des |d['’])$")
_NOUN_BEFORE = re.compile(r"(?:^|[\s'’(«“\"])([^\W\d_]+)[ \u00a0\n]$")
_SHIP_PREFIX = re.compile(
    r"\b(?:USS|HMS|HMAS|HMCS|HMNZS|INS|RRS|USNS|USCGC|MV|M/V|MT|M/T|SS|RMS|FV|F/V|MS|MSC|SV)[ \u00a0]"
    r"(?:[A-Z][\w-]+ ){0,2}$"
)
_SHIP = re.compile(
    r"\b(?:(?:cruise )?ship|liner|ferry|tanker|frigate|destroyer|trawler|yacht|bulker|freighter|icebreaker|"
    r"paquebot|cargo|porte-avions|frégate|pétrolier|vraquier|chalutier|voilier|remorqueur|croiseur|porte-conteneurs|"
    r"méthanier|péniche|brise-glace|trois-mâts)[ \u00a0](?:[«“\"][ \u00a0]?)?"
    r"(?:(?:Ville|Esprit|Étoile|Reine|Perle|City|Spirit|Star|Pride|Queen) (?:de |du |d['’]|of ))?$"
)
_CLUB_BEFORE = re.compile(
    r"\b(?:Real|Atl[eé]tico|Rayo|Dynamo|Dinamo|Spartak|Lokomotiv|Torpedo|CSKA|Hapoel|Maccabi|Beitar|Rapid|Sparta|"
    r"Slavia|Dukla|Partizan|Legia|Bohemians|Steaua|AEK|FC|Racing|Sporting|[ÉE]toile(?: filante)?|Esp[ée]rance|Stade|"
    r"Olympique|Jeunesse|Nacional|Deportivo|Zenit|Shakhtar) (?:[Cc]lub )?(?:de |du |d['’]|of )?$"
)
_OF = ("de", "du", "of")
_CLUB_AFTER = re.compile(r" (?:FC|F\.C\.|AFC|SC|CF|RFC|RC)\b")
_SEA_BEFORE = re.compile(
    r"\b(?:[Cc]anal|[Gg]olfe|[Mm]er|[Dd]étroit|[Bb]aie|[Ff]osse|[Cc]ourant|[Dd]orsale) "
    r"(?:de la |de l['’]|de |du |des |d['’])$"
)
_TREATY_BEFORE = re.compile(
    r"\b(?:[Aa]ccords?|[Cc]onventions?|[Tt]raité|[Pp]acte|[Pp]rotocole|[Dd]éclaration|[Ss]tatut|[Pp]rocessus|[Éé]dit|"
    r"[Tt]reaty|[Cc]onvention|[Pp]act|[Pp]rotocol|[Dd]eclaration|[Ss]tatute|[Cc]harter) (?:de |du |d['’]|of )$"
)
_SCHOOL = re.compile(
    r" (?:[A-Z][\w'’-]+ ){0,3}(?:High|Middle|Elementary|Primary|Grammar|Charter) School\b"
    r"| (?:International )?(?:University|College|School|Hospital) (?:of|in|at) [A-Z]"
)


def thing(near: Surroundings) -> str:
    """Return a reason for Belgian waffles, Jersey cow, vélo hollandais, rose de Chine; not for trade in them."""
    if near.alias.kind not in ("demonym", "name", "capital"):
        return ""
    reason = _french_thing(near) if near.language == "fr" else _english_thing(near)
    return "" if reason and _TRADED.search(near.before) else reason


def _english_thing(near: Surroundings) -> str:
    words = _NEXT_TWO.match(near.after)
    if not words:
        return ""
    noun, then = words[1], words[2] or ""
    if not (noun.islower() or near.surface.isupper()) or then.lower() in near.words["trade_words"]:
        return ""
    lists = ("species",) if near.alias.kind != "demonym" else ("species", "things")
    return "a thing named after it" if _is_in(noun.lower(), near, lists) else ""


def _french_thing(near: Surroundings) -> str:
    match = (_NOUN_BEFORE if near.alias.kind == "demonym" else _NOUN_OF).search(near.before)
    if not match or near.word_after.lower() in near.words["trade_words"]:
        return ""
    return "a thing named after it" if _is_in(match[1].lower(), near, ("species_fr", "things_fr")) else ""


def _is_in(noun: str, near: Surroundings, lists: tuple[str, ...]) -> bool:
    """Return whether a noun or its singular is in one of the word lists."""
    forms = {noun, noun.removesuffix("s"), noun.removesuffix("x")}
    if noun.endswith(("ches", "shes", "sses", "xes", "oes")):
        forms.add(noun[:-2])
    elif noun.endswith("ies"):
        forms.add(noun[:-3] + "y")
    return any(not near.words[name].isdisjoint(forms) for name in lists)


def vessel(near: Surroundings) -> str:
    """Return a reason for USS Vietnam, MV Liberia Star, le paquebot France."""
    if (
        near.alias.kind not in ("name", "capital")
        or near.after[:1] in ("-", "\u2011")
        or near.before[-1:] in ("", "\n")
    ):
        return ""
    return "a ship" if _SHIP_PREFIX.search(near.before) or _SHIP.search(near.before) else ""


def club(near: Surroundings) -> str:
    """Return a reason for Real Madrid, Étoile du Congo, Stade malien, Paris FC."""
    if near.alias.kind not in ("name", "capital", "demonym"):
        return ""
    if not (near.word_before[:1].isupper() or near.word_before in _OF or near.before[-1:] in ("'", "’")):
        return "a club" if near.alias.kind != "demonym" and _CLUB_AFTER.match(near.after) else ""
    is_club = _CLUB_BEFORE.search(near.before) or (near.alias.kind != "demonym" and _CLUB_AFTER.match(near.after))
    return "a club" if is_club else ""


def sea(near: Surroundings) -> str:
    """Return a reason for canal du Mozambique, golfe de Guinée, mer de Chine; the English forms are phrases."""
    may_be = near.language != "en" and near.alias.kind == "name"
    return "a sea" if may_be and _SEA_BEFORE.search(near.before) else ""


def treaty(near: Surroundings) -> str:
    """Return a reason for Stockholm Convention, pacte de Varsovie: what was signed there speaks of the world."""
    if near.alias.kind != "capital":
        return ""
    is_named_so = near.word_after in near.words["treaty_words"] or _TREATY_BEFORE.search(near.before)
    return "what was signed there" if is_named_so else ""


def school(near: Surroundings) -> str:
    """Return a reason for American University of Beirut, Turkey Foot Valley High School."""
    is_named_so = near.after[1:2].isupper() and near.alias.kind in ("name", "demonym") and _SCHOOL.match(near.after)
    return "part of a longer name" if is_named_so else ""
