"""Sentence boundaries of news text: abbreviations, initials, decimals, quotes, guillemets, headings without a stop."""

import re

# A possible end: sign, closing quotes or brackets, white space, then what may open a sentence.
# Possessive and guarded on the left, so that a megabyte of dots takes linear time.
_END = re.compile(
    r"""(?P<sign>[.!?…](?<![.!?…]{2})[.!?…]*+)(?P<close>[\]"'”’»)]|[\u00a0\u202f ]»)*+(?P<gap>\s++)"""
    r"""(?=(?:[\["'“‘«(—–-][\u00a0\u202f ]?){0,4}(?P<next>\S))"""
)
_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"[\w.°-]+\Z")
# Words that a stop shortens; it ends no sentence, unless the list after says that it may.
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        """incl mr mrs ms dr prof sen rep gov gen col lt sgt capt cmdr adm maj brig rev hon st ste jr sr vs etc inc
        ltd co corp no nos vol pp p fig ed est dept univ assn bros messrs mt ft ave blvd rd jan feb mar apr
        jun jul aug sept sep oct nov dec mon tue wed thu fri sat sun al approx u.s u.k u.n e.u d.c a.m p.m
        i.e e.g cf art m mm mme mlle pr me mgr ex av env chap tél réf n° janv févr avr juil déc hab min max
        supt insp det pres vice-pres gén gal cdt lieut ph.d b.a m.a calif fla ala ariz ark colo conn del ga
        ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo n.y
        n.j n.c s.c n.h n.m n.d s.d w.va r.i""",
    )
)
_SHORT_IN_LOWER_CASE = frozenset(
    (
        "etc",
        "incl",
        "vs",
        "p.m",
        "a.m",
        "no",
        "e.g",
        "i.e",
        "cf",
        "av",
        "env",
        "hab",
        "ex",
        "approx",
        "p",
        "pp",
        "n°",
        "dept",
        "vol",
        "col",
        "gén",
        "gal",
        "cdt",
        "lt",
        "capt",
        "prof",
        "dr",
        "pr",
        "al",
    )
)
_HOURS = frozenset(("a.m", "p.m"))
# What goes on after an hour: 5 p.m. Monday, 6 a.m. GMT.
_AFTER_HOURS = frozenset(
    re.findall(
        r"\S+",
        """GMT UTC EST EDT ET CST CDT PST PT CET CEST BST WAT CAT EAT Monday Tuesday Wednesday Thursday Friday Saturday
        Sunday January February March April May June July August September October November December Eastern Pacific
        Central Moscow Beijing""",
    )
)
_INITIALS = re.compile(r"[A-Z](?:\.-?[A-Z])+\Z")  # J.D. Vance, J.-Y. Le Drian
_MAY_END = frozenset(
    re.findall(
        r"\S+",
        """jr sr inc ltd co corp etc u.s u.k u.n e.u d.c a.m p.m no al me sun sat mar min max art miss mass ill
        ind del la pa est ex""",
    )
)
_STARTERS = frozenset(
    re.findall(
        r"\S+",
        """the a an he she it they we i in on at but and his her its their this that these those there when
        while after before as if for from with by one two some many most no not what who why how where since
        although however meanwhile officials police le la les un une des il elle ils elles on nous ce cet
        cette ces son sa ses leur leurs en dans sur mais et selon après avant depuis pour par avec sans si
        quand lors alors puis car donc""",
    )
)


def split_sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the sentences of the paragraph [start, end) of `text`, in order, without the white space between them."""
    found: list[tuple[int, int]] = []
    at = start
    for match in _END.finditer(text, start, end):
        if match.end() < end and _ends_sentence(match):
            stop = match.start("gap")
            if stop > at:
                found.append((at, stop))
            at = match.end("gap")
    while end > at and text[end - 1].isspace():
        end -= 1
    if end > at:
        found.append((at, end))
    return found


def _ends_sentence(match: re.Match[str]) -> bool:
    """Return whether the signs end a sentence: what stands before, and how the next word begins."""
    following = match["next"]
    if match["sign"] != ".":
        # An ellipsis or a cry inside a sentence goes on in lower case.
        return not following.islower()
    if following.islower():
        return False
    if match["close"] is not None:
        return True
    word = _word_before(match.string, match.start("sign"))
    return _ends_after(word, following, _next_word(match.string, match.end("gap")))


def _ends_after(word: str, following: str, next_word: str) -> bool:
    """Return whether a stop after `word` ends a sentence, and is no part of an abbreviation or of initials."""
    low = word.lower()
    if (len(word) == 1 and word.isupper()) or word == "v":
        return False  # an initial: J. Smith; Roe v. Wade
    if low in _ABBREVIATIONS and following.isdigit():
        return False
    if low in _HOURS:
        return next_word not in _AFTER_HOURS
    if low != "no" and low in _ABBREVIATIONS and (word[0].isupper() or low in _SHORT_IN_LOWER_CASE):
        return low in _MAY_END and next_word.lower() in _STARTERS
    if low not in _ABBREVIATIONS and _INITIALS.match(word):
        return "-" not in word and next_word.lower() in _STARTERS
    return True


def _word_before(text: str, end: int) -> str:
    """Return the word that ends at `end`, with the stops inside it (U.S), at most 12 characters back."""
    match = _LAST_WORD.search(text[max(0, end - 12) : end])
    return match[0].strip("-") if match else ""


def _next_word(text: str, start: int) -> str:
    match = _WORD.search(text, start, start + 40)
    return match[0] if match else ""
