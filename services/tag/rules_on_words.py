"""Rules on words: speaks Russian, à la russe, JOIN US TODAY. See context.py."""

import re

from services.tag.surroundings import Surroundings

ACRONYMS_THAT_ARE_WORDS = frozenset(("US", "WHO", "UN", "UE", "PAM", "BAD", "CAR", "IS", "AU"))
LANGUAGE = "a language"
_LANGUAGE_AFTER = re.compile(
    r"[ -](?:speaking|speakers?|languages?|lessons?|dictionary|translations?|subtitles|dubbed|accent|alphabet|grammar|"
    r"vocabulary|vowels?|proverb|classes|teacher|literature|interpreter|translator)\b"
)
# After these a word is a language, whatever follows.
_SPEAKS = re.compile(
    r"\b(?:speaks?|spoken?|speaking|fluent in|fluent|translated (?:in)?to|translated from|written in|broken|dubbed in|"
    r"lyrics in|classes in|course in|lessons in|languages?:|languages? (?:are|were|such as|like)|parle|parlait|parlent|"
    r"parler|parlant|traduite?s? (?:en|du|de)(?: l['’]\w+(?: et|,) (?:du|de))?|sous-titrée?s? en|couramment|langue|"
    r"(?:cours|dictionnaires?|profs?|professeure?s?|leçons?|notions|épreuves?|manuels?) d[e'’](?:\s*\w+ et d[e'’])?|"
    r"(?:maths?|science|history|biology|chemistry|physics|geography|art|music),? and)"
    r"\s*(?:the |le |l['’]|both |some |little |only |fluent |perfect |good |basic |fluently |couramment )?$"
)
# After these it is one unless a noun of the country follows: learns Chinese at school, learns Chinese cooking.
_LEARNS = re.compile(
    r"\b(?:learns?|learned|learnt|learning|teach|teaches|taught|teaching|into|in|studie[ds]|studying|understands?|reads?|"
    r"native|apprend|apprendre|appris|apprise|apprenait|apprennent|enseigne|enseigner|enseigné|étudie|étudier|étudié|en)"
    r"\s*(?:himself |herself |themselves |him |her |them |children |students |pupils )?"
    r"(?:both |the |le |l['’]|some |basic )?$"
)
_IN_TWO_LANGUAGES = re.compile(r"\bin (?:both )?(?:[A-Z][a-z]+, ){0,4}[A-Z][a-z]+(?:,| and|, and| or) $")
_LANGUAGE_LIST = re.compile(
    r"^,? (?:(?:[A-Z][a-z]+(?:,| and| or)+ ){0,6})?(?:and |or )?[A-Z][a-z]+ "
    r"(?:to (?:beginners|children|adults|students)|fluently|at (?:school|university))"
)
# What follows a language; after anything else in lower case it is the adjective of a noun: learns French cooking.
_AFTER_LANGUAGE = frozenset(
    re.findall(
        r"\S+",
        """and or in at to with fluently as on for from by before after because when while since during but is was are
        were the a every each this well so if et ou en couramment à au avec depuis dès pour dans par chez sans mais est
        aux""",
    )
)
# Every word that can stand last in _SPEAKS, _LEARNS and _IN_TWO_LANGUAGES.
_LAST_WORDS = frozenset(
    re.findall(
        r"\S+",
        """speak speaks spoke spoken speaking in fluent to from broken language languages are were as like parle parlait
        parlent parler parlant en du couramment langue the and or le both some little only perfect good basic fluently
        learn learns learned learnt learning teach teaches taught teaching into studied studies studying understand
        understands read reads native apprend apprendre appris apprise apprenait apprennent enseigne enseigner enseigné
        étudie étudier étudié himself herself themselves him her them children students pupils et""",
    )
)
_IN_THE_STYLE_OF = re.compile(r"\bà (?:la |l['’])$")


def shouted_word(near: Surroundings) -> str:
    """Return a reason for US in JOIN US TODAY (not in US TROOPS), and for WHO in a shouted line."""
    if near.surface not in ACRONYMS_THAT_ARE_WORDS:
        return ""
    if near.word_after in near.words["state_nouns"] or near.after.startswith(("-", "'S", "’S")):
        return ""
    if near.before.endswith(("L'", "L’", "D'", "D’", "l'", "l’", "d'", "d’")):
        return ""
    if near.word_before in near.words["caps_word_governors"]:
        return "a word in capitals"
    return "a word in capitals" if near.surface != "US" and near.is_shouted() and near.word_before != "THE" else ""


def language(near: Surroundings) -> str:
    """Return a reason for Russian-speaking, speaks French, translated into Arabic."""
    if near.alias.kind != "demonym":
        return ""
    if _LANGUAGE_AFTER.match(near.after) or _LANGUAGE_LIST.match(near.after):
        return LANGUAGE
    if near.follows == LANGUAGE:
        has_noun = near.language != "fr" and near.word_after[:1].islower() and near.word_after not in _AFTER_LANGUAGE
        return "" if has_noun else LANGUAGE
    if not _may_follow(near):
        return ""
    if _SPEAKS.search(near.before) or _IN_TWO_LANGUAGES.search(near.before):
        return LANGUAGE
    if _LEARNS.search(near.before):
        has_noun = near.after[:1] == " " and near.word_after[:1].isalpha() and near.word_after not in _AFTER_LANGUAGE
        return "" if has_noun else LANGUAGE
    return ""


def _may_follow(near: Surroundings) -> bool:
    """Return whether the last word before can end one of the patterns; saves three searches for most demonyms."""
    return near.word_before.lower() in _LAST_WORDS or near.before[-1:] in ("'", "’") or near.before[-2:-1] in (",", ":")


def style(near: Surroundings) -> str:
    """Return a reason for à la russe, filer à l'anglaise: a manner, not a country."""
    if near.alias.kind == "demonym" and near.alias.language == "fr" and _IN_THE_STYLE_OF.search(near.before):
        return "a manner"
    return ""
