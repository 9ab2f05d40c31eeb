"""Names of authors: taken out of bylines, rid of what surrounds them."""

import re

_LABEL = re.compile(
    r"^\W*(?:(?:written|posted|reported|story|words|text|edited|compiled)\s+by|by|von|par|por|di|door|av|af|"
    r"autor(?:in|es)?|auteur|authors?|redactor|penulis|oleh|автор)(?:\b\s*:?\s+|(?-i:(?=[A-ZÀ-Þ][a-zß-ÿ])))",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:[|•·–—\n\t/]|\s-\s|\bon\b|\bpublished\b|\bupdated\b|\bposted\b|\bfor\b|\bin\b|\d|@|\().*$", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:,|;|&|\band\b|\bund\b|\bet\b|\by\b|\be\b|\bog\b|\boch\b|\ben\b)\s+", re.IGNORECASE)
_PARTICLES = "de|da|di|du|van|von|der|den|el|al|bin|ibn|la|le|dos|das|del|ter|ten|zu|af|av|y|of"
_NAME = re.compile(
    rf"^[A-ZÀ-ÞŠŽČĆĐŁŚŻÖÜÅØ][\w'’.\-]*(?:\s+(?:{_PARTICLES}))*(?:\s+(?:(?:{_PARTICLES})\s+)*"
    rf"[A-ZÀ-ÞŠŽČĆĐŁŚŻÖÜÅØ][\w'’.\-]*){{1,4}}$"
)
# "Ulrich ExnerKorrespondent": what stood in the next element of the page. McNally, DeSiato, MacDonald are names.
_GLUED = re.compile(r"(?<=[a-zß-ÿ]{3})(?<!\bMac)(?<!\bFitz)(?<!\bVan)(?<!\bVon)[A-ZÀ-ÞŠŽČĆŁŚŻ0-9].*$")
_TWICE = re.compile(r"^(.{3,40}?)\s+by\s+\1\b", re.IGNORECASE)  # the rendering of an avatar's name and a byline
_NO_NAMES_TEXT = (
    "news home share tweet email print login log sign read more the follow menu search contact about staff politics "
    "sports business world opinion video photo photos comments comment subscribe newsletter updated published "
    "nachrichten startseite politik wirtschaft kultur sport teilen anzeige foto bild"
)
_NO_NAMES = frozenset(_NO_NAMES_TEXT.split())
_URL = re.compile(r"https?:|www\.|\.com\b|@", re.IGNORECASE)


def is_name(text: str) -> bool:
    """Tell whether `text` has the shape of a person's name: two to five capitalised words."""
    return bool(_NAME.match(text)) and _NO_NAMES.isdisjoint(text.lower().split())


def names_in_byline(text: str) -> tuple[str, ...]:
    """Return the people named in a byline such as "By Ann Lee and Bo Ek | 3 May 2024"; empty when it is none."""
    twice = _TWICE.match(text)
    if twice:
        return (twice[1].strip(),)
    label = _LABEL.match(text)
    if label is None:
        return ()
    return _names(text[label.end() :])


def _names(text: str) -> tuple[str, ...]:
    bare = _GLUED.sub("", _TAIL.sub("", text)).strip(" ,.:")
    return tuple(name for name in _BETWEEN.split(bare) if name[:1].isupper() and len(name) > 3)[:6]


def names_in_element(text: str) -> tuple[str, ...]:
    """Return the people in an element that is marked as author or byline, with or without "By" before them."""
    return names_in_byline(text) or tuple(name for name in _names(text) if is_name(name))


def declared_name(text: str) -> str:
    """Return the name in a metadata value, without "By" and without what is no name (an address, a URL)."""
    bare = " ".join(_LABEL.sub("", text).split()).strip(" ,;|")
    return "" if _URL.search(bare) or len(bare) > 80 else bare
