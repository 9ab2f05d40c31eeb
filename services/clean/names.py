"""Names of authors: taken out of bylines, rid of what surrounds them; in scripts with capital letters, and Korean."""

import re

from services.clean.dates import find_dates

_LABEL = re.compile(
    r"^\W*(?:(?:written|posted|reported|researched|reviewed|story|words|text|texte?|edited|compiled|article|kolumne|"
    r"column|analysis|opinion|published)\s+(?:by|von|par|por|di)|by|von|par|por|di|door|av|af|"
    r"autor(?:in|es)?|auteure?|authors?|autore|redactor|penulis|oleh|автор)\b\s*:?\s+",
    re.IGNORECASE,
)
_GLUED_LABEL = re.compile(r"^\W*(By|Von|Par|Por|Autor|Author|Auteur|Written by:?)(?=[A-ZÀ-ÞŠŽ][^\W\d_])")
_OPENINGS_TEXT = (
    "written posted reported researched reviewed story words text texte edited compiled article kolumne column "
    "analysis opinion published by von par por di door av af autor autorin autores auteur auteure auteurs auteures "
    "author authors autore redactor penulis oleh автор a headshot portrait profile autorenprofilbild"
)
_OPENINGS = frozenset(_OPENINGS_TEXT.split())  # the words that a label or a portrait starts with
_GLUED_OPENINGS = ("By", "Von", "Par", "Por", "Autor", "Author", "Auteur")
_FIRST = re.compile(r"\w+")
_INNER = re.compile(r"(?:^|[|•·–—.\d\s-])(?:by|von|par|por|di|door)\s+(?=[^\W\d_])", re.IGNORECASE)
_PORTRAIT = re.compile(
    r"^(?:a\s+)?(?:headshot|portrait|profile picture|autorenprofilbild)\s+(?:of|von)\s+", re.IGNORECASE
)
_PICTURE = re.compile(
    r"photo|image|picture|illustration|graphic|bild|foto|credit|quelle|source|video|cartoon|infograf", re.IGNORECASE
)
_AVATAR = re.compile(r"^\W*avatar (?:photo|image|picture)\s+", re.IGNORECASE)
_TAIL = re.compile(
    r"\s*(?:[|•·–—\n\t/]|\s-\s|\bon\b|\bpublished\b|\bupdated\b|\bposted\b|\bfor\b|\bin\b|\bist\b|\d|@|\().*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*(?:,?\s*\band\b|[,;&+]|\bund\b|\bet\b|\by\b|\be\b|\bog\b|\boch\b|\ben\b|\bi\b|\bи\b)\s+", re.IGNORECASE
)
_PARTICLES_TEXT = "de da di du van von der den el al bin ibn la le dos das del ter ten zu af av y of e ben dei della"
_PARTICLES = frozenset(_PARTICLES_TEXT.split())
_WORD = re.compile(r"[^\W\d_][\w'’.\-]*$")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-ÞŠŽ])")
_INNER_TEXT = "mc mac fitz van von del la le de di san o al el du st"
_INNER_CAPITALS = frozenset(_INNER_TEXT.split())
_TWICE = re.compile(r"^(.{3,40}?)\s+by\s+\1\b", re.IGNORECASE)  # the rendering of an avatar's name and a byline
_BY = re.compile(r"\sby\s", re.IGNORECASE)
_KOREAN = re.compile(r"([가-힣]{2,4}) ?(?:기자|특파원|논설위원)(?![가-힣])")
_NO_NAMES_TEXT = (
    "news home share tweet email print login log sign read more the follow menu search contact about staff politics "
    "sports business world opinion video photo photos comments comment subscribe newsletter updated published "
    "nachrichten startseite politik wirtschaft kultur sport teilen anzeige foto bild watch live fact checked expert "
    "reviewed our your you network description privacy policy terms latest breaking editor editors team desk "
    "correspondent reporter journalist writer contributor redaktion redaktionsleiter korrespondent korrespondentin "
    "redakteur redakteurin chief senior deputy director breadcrumb advertisement related trending facebook twitter "
    "instagram whatsapp youtube linkedin telegram podcast newsletters shop guide review reviews best how why what "
    "when january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday online media group press agency us uk table contents key events "
    "download pdf feature career diesen artikel aktuelle aktuell zeit hub leer noticia noticias relacionada "
    "relacionadas actualités temps lecture lire partager compartir condividi partilhar sommaire à propos"
)
_NO_NAMES = frozenset(_NO_NAMES_TEXT.split()) - {"may", "april", "june", "august", "press"}
_URL = re.compile(r"https?:|www\.|\.com\b|@", re.IGNORECASE)
_DEGREES = re.compile(
    r",\s*(?:M\.?D|Ph\.?D|M\.?S|R\.?D|M\.?P\.?H|FAND|MBA|Dr|Esq|J\.?D|R\.?N|CPA|B\.?A|M\.?A)\.?(?=\W|$)"
)
_READ_CHARS = 300  # no byline is longer
_MOST_WORDS = 5
_SHORT_WORDS = 3  # of an agency or a first name, where a byline names no person in full
_MOST_NAMES = 6


def is_name(text: str) -> bool:
    """Tell whether `text` has the shape of a person's name: two to five capitalised words, particles between them."""
    words = text.split()
    if not 2 <= len(words) <= _MOST_WORDS or not _NO_NAMES.isdisjoint(text.lower().split()):
        return False
    if words[0].lower() in _PARTICLES and words[0].islower():
        return words[-1][0].isupper() and len(words) > 2 and all(_WORD.match(word) for word in words)
    shaped = all(_WORD.match(word) and (word[0].isupper() or word in _PARTICLES) for word in words)
    return shaped and words[-1] not in _PARTICLES


def unglued(text: str) -> str:
    """Return `text` up to where the rendering glued the next link to a name: "Ann LeeReporter" gives "Ann Lee"."""
    for cut in _CAMEL.finditer(text):
        left = re.split(r"[\s\-'’.]", text[: cut.start()])[-1]
        if left.lower() not in _INNER_CAPITALS and len(left) > 2 and " " in text[: cut.start()]:
            return text[: cut.start()]
    return text


def _people(text: str) -> tuple[str, ...]:
    """Return the names listed in `text`, which starts with one."""
    dates = find_dates(text)
    undated = text[: dates[0].start] if dates else text
    bare = unglued(_TAIL.sub("", _DEGREES.sub("", undated))).strip(" ,.:")
    found = [_without_job(unglued(name).strip(" ,.:")) for name in _BETWEEN.split(bare)]
    return tuple(name for name in found if name[:1].isupper() and len(name) > 2)[:_MOST_NAMES]


def _without_job(name: str) -> str:
    """Return the words of `name` before the first that is a job or a label: "Ann Lee Senior Reporter"."""
    words = name.split()
    for at, word in enumerate(words):
        if at > 1 and word.lower() in _NO_NAMES:
            return " ".join(words[:at])
    return name


def names_in_byline(text: str) -> tuple[str, ...]:
    """Return the people named in a byline such as "By Ann Lee and Bo Ek | 3 May 2024"; empty when it is none."""
    head = text[:_READ_CHARS]
    twice = _TWICE.match(head) if _BY.search(head) else None
    if twice:
        return (twice[1].strip(),)
    if not _opens_byline(head):
        return ()
    line = _GLUED_LABEL.sub(r"\1 ", head)
    label = _LABEL.match(line) or _PORTRAIT.match(line)
    people = _people(line[label.end() :]) if label else ()
    named = tuple(name for name in people if is_name(name))
    return named or tuple(name for name in people if len(name.split()) <= _SHORT_WORDS and ": " not in line)


def _opens_byline(text: str) -> bool:
    """Tell whether the first word may be that of a byline: it is not on most lines, and then no pattern is asked."""
    first = _FIRST.search(text)
    return first is not None and (first[0].lower() in _OPENINGS or first[0].startswith(_GLUED_OPENINGS))


def names_in_element(text: str) -> tuple[str, ...]:
    """Return the people in an element that is marked as author or byline, with or without "By" before them."""
    return names_in_byline(text) or tuple(name for name in _people(text[:_READ_CHARS]) if is_name(name))


def names_in_line(text: str) -> tuple[str, ...]:
    """Return the people a short line near the title names without opening with "By".

    "3 May 2024 | Von Eva Ek", "Ann Lee | 3 May 2024", "박준석 기자". Empty when the line credits a picture.
    """
    reporters = _KOREAN.findall(text[:_READ_CHARS])
    if reporters:
        return tuple(dict.fromkeys(reporters))[:_MOST_NAMES]
    bare = _AVATAR.sub("", text[:_READ_CHARS])
    if _PICTURE.search(bare):
        return ()
    inner = _INNER.search(bare)
    if inner:
        return tuple(name for name in _people(bare[inner.end() :]) if is_name(name))
    people = _people(bare)
    return people if people and all(map(is_name, people)) else ()


def declared_name(text: str) -> str:
    """Return the name in a metadata value, without "By" and without what is no name (an address, a URL)."""
    bare = " ".join(_LABEL.sub("", _GLUED_LABEL.sub(r"\1 ", text[:_READ_CHARS])).split()).strip(" ,;|")
    return "" if _URL.search(bare) or len(bare) > 80 else bare
