"""Marked-up elements → what they say of the article: microdata, RDFa and microformats, by the name of the property.

What stands in boxes about other articles, among comments or in a footer is passed over: it is marked up as well.
"""

from collections import Counter
from functools import lru_cache
from itertools import chain, islice

from lxml.etree import XPath, _Element

from services.clean.names import names_in_element

# properties, each of which knows its element: asking every element for them takes several times as long
_ITEMPROPS, _PROPERTIES = XPath("descendant::*/@itemprop"), XPath("descendant::*/@property")
_LINKS_WITH_RELATION = XPath("descendant-or-self::a[@rel]")
_BY_CLASS = ("time", "abbr", "h1", "h2")  # elements that microformats mark by their class
_VOCABULARIES = ("schema", "dc", "dct", "dcterms", "rnews")  # RDFa prefixes whose names mean the same here
_MEANINGS = {  # of itemprop and property
    "headline": "headline",
    "datepublished": "published",
    "dc:date": "published",
    "dc:created": "published",
    "dc:issued": "published",
    "datemodified": "updated",
    "dateupdated": "updated",
    "dc:modified": "updated",
    "author": "author",
    "creator": "author",
    "dc:creator": "author",
    "publisher": "publisher",
    "keywords": "keywords",
}
_CLASSES = {
    "entry-title": "headline",
    "entry-date": "published",
    "dt-published": "published",
    "dt-updated": "updated",
}
_OTHERS = ("related", "aside", "sidebar", "footer", "recommend", "most-read", "latest", "comment")
_AROUND_CHARS = 2_000  # of the names of what an element stands in
_TEXT_CHARS = 200  # no date, name or keyword is longer
_MOST, _EXAMINED = 40, 200  # elements of one meaning that are taken, and that are looked at: each may stand deep
_REMEMBERED_CHARS = 200  # what longer attributes mean is not remembered
_PARTS = 40  # inside an element that are looked at
Marked = dict[str, list[_Element]]


def is_about_another(element: _Element) -> bool:
    """Tell whether an element stands in a box about other articles, among comments or in a footer."""
    around = " ".join(
        f"{up.get('class') or ''} {up.get('itemprop') or ''} {up.tag}"
        for up in element.iterancestors()
        if up.tag not in ("html", "body")  # their classes speak of the whole page: "has-sidebar"
    )
    return any(mark in around[:_AROUND_CHARS].lower() for mark in _OTHERS)


def _meanings(element: _Element) -> set[str]:
    """Return what an element is marked as: by its properties of known vocabularies, its classes, its relation."""
    found: set[str] = set()
    for names in (element.get("itemprop"), element.get("property")):
        if names:
            found |= _meant(names) if len(names) <= _REMEMBERED_CHARS else _meant.__wrapped__(names)
    classes, relation = element.get("class"), element.get("rel")
    if classes:
        found.update(_CLASSES[name] for name in classes.lower().split() if name in _CLASSES)
    if relation and "tag" in relation.lower().split():
        found.add("tag")
    return found


@lru_cache(maxsize=4_000)
def _meant(names: str) -> frozenset[str]:
    """Return what the properties in an attribute mean, without those that mean nothing here."""
    return frozenset(_MEANINGS[name] for name in map(_plain, names.lower().split()) if name in _MEANINGS)


def _properties(element: _Element) -> list[str]:
    """Return the lower-case properties of microdata and RDFa that an element has."""
    names = (element.get("itemprop"), element.get("property"))
    return [name for text in names if text for name in text.lower().split()]


def _plain(name: str) -> str:
    """Return a property's name without its vocabulary, or with dc: before it for those of Dublin Core."""
    prefix, colon, bare = name.rpartition(":")
    if prefix in _VOCABULARIES:
        return f"dc:{bare}" if prefix.startswith("dc") else bare
    return "" if colon and "/" not in name else name.rsplit("/", 1)[-1]


def _with_properties(tree: _Element) -> list[_Element]:
    """Return the elements in a page that have properties, in document order.

    XPath itself puts two kinds of them in order in a time that grows with the square of their number.
    """
    of_microdata, of_rdfa = ([name.getparent() for name in names(tree)] for names in (_ITEMPROPS, _PROPERTIES))
    if not of_microdata or not of_rdfa:
        return of_microdata or of_rdfa
    found = {*of_microdata, *of_rdfa}
    return [element for element in tree.iter() if element in found]


def marked(tree: _Element) -> Marked:
    """Return a page's elements that are marked up as something about its article, by meaning: properties go first."""
    result: Marked = {}
    examined: Counter[str] = Counter()
    for element in chain(_with_properties(tree), tree.iter(*_BY_CLASS), _LINKS_WITH_RELATION(tree)):
        for meaning in _meanings(element):
            examined[meaning] += 1
            taken = result.setdefault(meaning, [])
            if examined[meaning] <= _EXAMINED and len(taken) < _MOST and not is_about_another(element):
                taken.append(element)
    return result


def said(element: _Element) -> str:
    """Return what an element states: its machine-readable value, or its text on one line, at most 200 characters."""
    value = element.get("datetime") or element.get("content") or "".join(islice(element.itertext(), _PARTS))
    return " ".join(value.split())[:_TEXT_CHARS]


def texts(found: Marked, meaning: str) -> list[str]:
    """Return what the elements of a meaning state, without those that state nothing."""
    return [text for text in map(said, found.get(meaning, ())) if text]


def names(found: Marked, meaning: str) -> list[str]:
    """Return what the elements of a meaning are called: by the properties `name` inside them, or else by their text."""
    called = []
    for element in found.get(meaning, ()):
        inner = [part for part in islice(element.iter("*"), _PARTS) if "name" in map(_plain, _properties(part))]
        called += [text for text in map(said, inner or [element]) if text]
    return called


def people(found: Marked) -> tuple[str, ...]:
    """Return the people that elements marked as author name, each once."""
    return tuple(dict.fromkeys(name for text in names(found, "author") for name in names_in_element(text)))
