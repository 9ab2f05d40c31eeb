"""What stands around an alias and says that it is a person, a place elsewhere, a language or a word.

Each rule is one function from a candidate in its text to a reason to reject it, or "" to keep it; RULES lists them.
"""

import re
from collections.abc import Callable, Mapping

from services.tag.candidates import Candidate
from services.tag.catalogue import Alias

_NEAR_CHARS = 48  # enough for two words on either side; rules never look further
_WORD_BEFORE = re.compile(r"([\w.'’-]+)([ \u00a0\n])$")
_WORD_AFTER = re.compile(r"[ \u00a0\n]([\w'’-]+\.?)")
_INITIAL = re.compile(r"(?:^|[\s(])(?:[A-Z]\.[ \u00a0]?){1,3}$")
_STATE_AFTER = re.compile(r",\s+([A-Z][\w.]*(?: [A-Z]\w+)?)")
_AGE_AFTER = re.compile(r",\s+(?:aged\s+|âgée?\s+de\s+)?\d{1,2}(?:,|\s+ans\b)")
_LONGER_NAME = re.compile(r"(?:['’]s)? (?:[A-Z]\w+ ){0,2}([A-Z]\w+)")
_LONG_WORDS = re.compile(r"[^\W\d_]{4,}")
_PLACES = r"[A-Z]\w+(?: [A-Z]\w+)?"
_STATES_AFTER = re.compile(rf"(?:,| and| or| et|/)\s+({_PLACES})")
_STATES_BEFORE = re.compile(rf"({_PLACES})(?:,| and| or)(?: and| or)?\s+$")
_LANGUAGE_AFTER = re.compile(
    r"[ -](?:speaking|speakers?|languages?|lessons?|dictionary|translations?|subtitles|dubbed|accent|alphabet|grammar|"
    r"vocabulary|vowels?|proverb|classes|teacher|literature|interpreter|translator)\b"
)
# After these a word is a language, whatever follows.
_SPEAKS = re.compile(
    r"\b(?:speaks?|spoken?|speaking|fluent in|fluent|translated (?:in)?to|translated from|written in|broken|dubbed in|"
    r"lyrics in|classes in|course in|lessons in|languages?:|languages? (?:are|were|such as|like)|parle|parlait|parlent|"
    r"parler|parlant|traduite?s? (?:en|du)|cours d[e'’]|couramment|langue|"
    r"leçons? d[e'’]|professeure? d[e'’]|"
    r"(?:maths?|science|history|biology|chemistry|physics|geography|art|music),? and)"
    r"\s*(?:the |le |l['’]|both |some |little |only |fluent |perfect |good |basic |fluently |le |couramment )?$"
)
# After these it is one unless a noun of the country follows: learns Chinese at school, learns Chinese cooking.
_LEARNS = re.compile(
    r"\b(?:learns?|learned|learnt|learning|teach|teaches|taught|teaching|into|in|studie[ds]|studying|understands?|"
    r"reads?|native|apprend|apprendre|apprennent|enseigne|enseigner|"
    r"étudie|étudier|en)\s*(?:both |the |le |l['’]|some |basic )?$"
)
_IN_TWO_LANGUAGES = re.compile(r"\bin (?:both )?[A-Z][a-z]+(?:,| and| or) $")
_LANGUAGE_LIST = re.compile(
    r"^,? (?:(?:[A-Z][a-z]+(?:,| and| or)+ )*)?(?:and |or )?[A-Z][a-z]+ "
    r"(?:to (?:beginners|children|adults|students)|fluently|at (?:school|university))"
)
# What follows a language; after anything else in lower case it is the adjective of a noun: learns French cooking.
_AFTER_LANGUAGE = frozenset(
    re.findall(
        r"\S+",
        """and or in at to with fluently as on for from by before after because when while since during but is
        was are were the a every each this well so if et ou couramment à au avec depuis dès pour dans par
        chez sans mais est aux""",
    )
)
_ACRONYMS_THAT_ARE_WORDS = frozenset(("US", "WHO", "UN", "UE", "PAM", "BAD"))
_IN_THE_STYLE_OF = re.compile(r"\bà (?:la |l['’])$")


class Surroundings:
    """A candidate in its text: what stands before and after it, in its paragraph.

    `before` and `after` are up to 48 characters, `word_before` and `word_after` the word next to it with one blank
    between, or "". `words` are the catalogue's word lists; `alias` is the first one, they share their shape.
    """

    __slots__ = ("after", "alias", "before", "surface", "word_after", "word_before", "words")

    def __init__(self, text: str, candidate: Candidate, words: Mapping[str, frozenset[str]]) -> None:
        start, end = candidate.start, candidate.end
        self.words = words
        self.alias: Alias = candidate.aliases[0]
        self.surface = text[start:end]
        self.before = text[max(0, start - _NEAR_CHARS) : start].rpartition("\n\n")[2]
        self.after = text[end : end + _NEAR_CHARS].partition("\n\n")[0]
        before = _WORD_BEFORE.search(self.before)
        after = _WORD_AFTER.match(self.after)
        ends_sentence = before and before[1].endswith(".") and before[1][0].islower()
        self.word_before = before[1] if before and not ends_sentence else ""
        self.word_after = after[1].removesuffix(".").removesuffix("'s").removesuffix("’s") if after else ""

    def is_shouted(self) -> bool:
        """Return whether the words around are ALL CAPS too, so that capitals say nothing."""
        around = (self.before[-24:] + " " + self.after[:24]).replace(self.surface, "")
        letters = [char for char in around if char.isalpha()]
        return len(letters) >= 3 and sum(map(str.isupper, letters)) >= 0.8 * len(letters)

    def is_headline_case(self) -> bool:
        """Return whether most words around begin with a capital, so that a capital word next to it says little."""
        around = _LONG_WORDS.findall(self.before + " " + self.after)
        return len(around) >= 3 and sum(word[0].isupper() for word in around) >= 0.7 * len(around)


def _shouted_word(near: Surroundings) -> str:
    """US in JOIN US TODAY is a pronoun; US in US TROOPS is not. WHO in a shouted line is a question."""
    if near.surface not in _ACRONYMS_THAT_ARE_WORDS:
        return ""
    if near.word_after in near.words["state_nouns"] or near.after.startswith(("-", "'S", "’S")):
        return ""
    if near.word_before in near.words["caps_word_governors"]:
        return "a word in capitals"
    return "a word in capitals" if near.surface != "US" and near.is_shouted() and near.word_before != "THE" else ""


def _titled(near: Surroundings) -> str:
    """Mr England, Dr Helen Poland, J. R. Ireland."""
    alias = near.alias
    if alias.kind not in ("name", "demonym", "capital"):
        return ""
    word = near.word_before.removesuffix(".")
    if word in near.words["honorifics"]:
        return "a person: title before"
    if (
        alias.shape
        and _INITIAL.search(near.before)
        and not re.search(r"\b[UNE]\.[ \u00a0]?[A-Z]\.[ \u00a0]?$", near.before)
    ):
        return "a person: initials before"
    return ""


def _surname(near: Surroundings) -> str:
    """Michael Jordan, Denzel Washington, Sian French, Jack London."""
    alias, word = near.alias, near.word_before
    if not word or not word[0].isupper() or near.before.endswith("\n"):
        return ""
    if word in near.words["first_names"] and (alias.shape or alias.kind == "demonym"):
        follows = near.word_after
        if (
            alias.kind == "demonym"
            and follows
            and follows[0].islower()
            and not near.after.startswith((" and", " said", " who", " was", " is", " has", " had"))
        ):
            return ""
        return "a person: first name before"
    if alias.shape in ("surname", "both") and alias.kind != "demonym" and not near.is_headline_case():
        plain = (
            word.isalpha()
            and not word.isupper()
            and word not in near.words["openers"]
            and word not in near.words["roles_and_bodies"]
        )
        opens = near.before[: -len(word) - 1].rstrip(" \u00a0") == ""
        if alias.kind == "organisation" or (
            plain and not opens and alias.shape == "surname" and alias.text == "Wagner"
        ):
            return "a person: capital word before"
    return ""


def _given_name(near: Surroundings) -> str:
    """Chad Smith, Jordan Pickford, Israel Adesanya, Georgia Harrison."""
    alias, word = near.alias, near.word_after
    if alias.shape not in ("given", "both") or near.surface.isupper():
        return ""
    if _AGE_AFTER.match(near.after):
        return "a person: age after"
    if any(near.after.startswith(" " + verb) for verb in near.words["person_verbs"]):
        return "a person: verb of a person after"
    if not word or not word[0].isupper() or (word.isupper() and len(word) > 1) or not word[:2].isalpha():
        return ""
    if word in near.words["roles_and_bodies"] or near.is_headline_case() or near.after.startswith("\n"):
        return ""
    return "a person: surname after"


def _elsewhere(near: Surroundings) -> str:
    """Lebanon, Pa.; Paris, Texas; Cuba Street; Jordan Creek; River Niger."""
    if near.alias.kind not in ("name", "capital", "demonym"):
        return ""
    match = _STATE_AFTER.match(near.after)
    if match and near.alias.kind != "demonym":
        place = match[1].removesuffix(".")
        if place in near.words["us_states"] or place in near.words["state_abbreviations"]:
            return "a place elsewhere: state after"
        if place.split()[0] in near.words["us_states"]:
            return "a place elsewhere: state after"
    if near.word_after in near.words["local_suffixes"] and near.alias.kind != "demonym" and not near.is_headline_case():
        return "a place elsewhere: part of a longer name"
    longer = _LONGER_NAME.match(near.after)
    if longer and longer[1] in near.words["buildings"]:
        return "a place elsewhere: part of a longer name"
    return ""


def _us_state(near: Surroundings) -> str:
    """Georgia in a list of states, before a word of state politics, or after Gov."""
    if near.surface.title() != "Georgia":
        return ""
    if near.word_after in near.words["state_words"]:
        return "the US state: word of state politics after"
    states = near.words["us_states"]
    for match in (_STATES_AFTER.match(near.after), _STATES_BEFORE.search(near.before)):
        if match and not states.isdisjoint((match[1], match[1].split()[0], match[1].split()[-1])):
            return "the US state: among states"
    return ""


def _language(near: Surroundings) -> str:
    """Russian-speaking, speaks French, translated into Arabic."""
    if near.alias.kind != "demonym":
        return ""
    if _LANGUAGE_AFTER.match(near.after) or _LANGUAGE_LIST.match(near.after):
        return "a language"
    if _SPEAKS.search(near.before) or _IN_TWO_LANGUAGES.search(near.before):
        return "a language"
    if _LEARNS.search(near.before):
        has_noun = near.after[:1] == " " and near.word_after[:1].isalpha() and near.word_after not in _AFTER_LANGUAGE
        return "" if has_noun else "a language"
    return ""


def _style(near: Surroundings) -> str:
    """À la russe, filer à l'anglaise: a manner, not a country."""
    if near.alias.kind == "demonym" and near.alias.language == "fr" and _IN_THE_STYLE_OF.search(near.before):
        return "a manner"
    return ""


def _person_of_a_place(near: Surroundings) -> str:
    """A Lebanon woman, two London residents: a town of that name; people of a state are named by its adjective."""
    if near.alias.kind in ("name", "capital") and near.alias.ambiguous and near.word_after in near.words["townspeople"]:
        return "a place elsewhere: people of a town after"
    return ""


def _bare_demonym(near: Surroundings) -> str:
    """Finn said: a name; a Finn, young Finns: a person of the country."""
    if near.alias.kind != "demonym" or not near.alias.shape or near.surface.endswith("s"):
        return ""
    return "" if near.word_before[:1].islower() or near.word_before in ("A", "The", "One", "Another") else "a name"


RULES: tuple[Callable[[Surroundings], str], ...] = (
    _shouted_word,
    _titled,
    _surname,
    _given_name,
    _elsewhere,
    _us_state,
    _person_of_a_place,
    _bare_demonym,
    _language,
    _style,
)


_UNQUESTIONED = ("leader", "metonym", "organisation")


def is_unquestioned(alias: Alias) -> bool:
    """Return whether no rule can reject an alias, so that its surroundings need not be read."""
    return alias.kind in _UNQUESTIONED and not alias.shape and alias.text not in _ACRONYMS_THAT_ARE_WORDS


def reason_to_reject(near: Surroundings) -> str:
    """Return why a candidate is no mention, by the first rule that says so, or ""."""
    for rule in RULES:
        reason = rule(near)
        if reason:
            return reason
    return ""
