"""HTML → blocks: the text of a page cut at its block elements, each with the elements it stands in.

Bounded: depth, number of elements and number of blocks have limits; what lies beyond is ignored.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from lxml.etree import Comment, ProcessingInstruction, _Element

from services.clean.hints import HIDDEN, HINT_CHARS, hints
from services.clean.limits import CleanLimits
from services.clean.refusals import TooLarge
from services.clean.sheet import Layout, Sheet, sheet_of
from services.clean.text_to_blocks import pieces, plain

_BLOCK, _SKIP, _INLINE, _LINK, _STRONG, _BREAK, _CELL = range(7)  # what to do with an element
_SKIPPED = (
    "script style noscript template iframe svg math head select option textarea input canvas object audio video map "
    "datalist link meta source track embed"
)
_INLINES = (
    "abbr acronym bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rp rt s samp small span "
    "strike sub sup time tt u var wbr img picture nobr o:p"
)
_WAYS = (
    {"a": _LINK, "b": _STRONG, "strong": _STRONG, "br": _BREAK, "td": _CELL, "th": _CELL}
    | dict.fromkeys([*_SKIPPED.split(), Comment, ProcessingInstruction], _SKIP)
    | dict.fromkeys(_INLINES.split(), _INLINE)
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
# tags whose presence among the ancestors is a feature, one bit each
REGIONS = ("article", "main", "nav", "aside", "header", "footer", "form", "figure", "figcaption", "ul", "ol", "table",
           "blockquote", "section", "details", "dl", "button")  # fmt: skip
REGION_BIT = {tag: 1 << number for number, tag in enumerate(REGIONS)}
_IN_LAYOUT = ("p", "div", "table", "ul", "ol", "h2", "h3", "br", "img")  # what a cell of a layout table holds
_HIDES = "display:none"  # in a style without its spaces
_MAX_DEPTH = 200  # libxml2 itself gives up at 256


class Element(NamedTuple):
    """A block element of a page: its number is its place in document order, smaller than those of all inside it."""

    tag: str
    own: int  # hints of its class and id
    regions: int  # bits of REGIONS, its own tag included
    depth: int
    parent: int  # number of the element it stands in; the first one's is its own
    template: int  # number of its tag, class and id together: equal for elements made by one template


class Found(NamedTuple):
    """A stretch of text, the number of the element it stands in, how much of it is link text, and its inline hints."""

    text: str
    element: int
    link_chars: int
    chars: int
    strong_chars: int
    inline: int


class Origins(NamedTuple):
    """Where the blocks of a page stand: its block elements by number, and of each block the stretch it was cut from."""

    elements: list[Element]
    found: list[Found]


# rows of thousands of elements and stretches: made without a call of Python for each
_ELEMENT, _FOUND = partial(tuple.__new__, Element), partial(tuple.__new__, Found)


class Walk:
    """One pass over a tree that gathers stretches of text. Every element costs time here: the loop is kept flat.

    It goes no deeper once it has as many elements, and no further once it has as many stretches, as the limits allow.
    """

    def __init__(self, limits: CleanLimits) -> None:
        self.most_found = limits.blocks
        self.most_nodes = limits.html_nodes
        self.found: list[Found] = []
        self.elements: list[Element] = []
        self.nodes = 0
        self.parts: list[str] = []
        self.link_chars = 0
        self.strong_chars = 0
        self.inline = 0
        self.is_full = False
        self._templates: dict[str, tuple[int, int, int]] = {}  # number, hints and bit of REGIONS, by tag, class and id

    def flush(self, number: int) -> None:
        """End the current stretch of text."""
        parts = self.parts
        text = plain(parts[0] if len(parts) == 1 else "".join(parts))
        if text and not self.is_full:
            size = len(text)
            linked = min(self.link_chars, size) if self.link_chars else 0
            strong = min(self.strong_chars, size) if self.strong_chars else 0
            self.found.append(_FOUND((text, number, linked, size, strong, self.inline)))
            self.is_full = len(self.found) == self.most_found
        parts.clear()
        self.link_chars = self.strong_chars = self.inline = 0

    def enter(self, element: _Element, tag: str, parent: int) -> int:
        """Return the number of a block element that starts; a stretch of text ends before it."""
        if self.parts:
            self.flush(parent)
        if tag == "tr" and next(element.iter(*_IN_LAYOUT), None) is not None:
            tag = "layout"  # its cells are blocks of their own
        names, id, hidden = "", "", 0
        attributes = element.items()
        for name, value in attributes:
            if name == "class":
                names = value
            elif name == "id":
                id = value
            elif name == "hidden" or (name == "style" and _HIDES in value.replace(" ", "")):
                hidden = HIDDEN
        named = f"{names} {id}".strip()
        template_name = f"{tag}.{named}"
        known = self._templates.get(template_name)
        if known is None:
            own = hints(named[:HINT_CHARS]) if named else 0
            known = self._templates[template_name] = (len(self._templates) + 1, own, REGION_BIT.get(tag, 0))
        template, own, region = known
        _, _, regions, depth, _, _ = self.elements[parent]
        row = (tag, own | hidden, regions | region, depth + 1, parent, template)
        self.elements.append(_ELEMENT(row))
        return len(self.elements) - 1

    def run(self, tree: _Element) -> None:
        """Walk a page's body, whose names speak of the whole site."""
        found = tree.find("body") if tree.tag == "html" else tree
        body = tree if found is None else found
        hidden = body.get("hidden") is not None or _HIDES in body.get("style", "").replace(" ", "")
        self.elements.append(Element("body", HIDDEN if hidden else 0, 0, 0, 0, 0))
        self.nodes = 1
        self.inside(body, 0, 0, False, False)
        self.flush(0)

    def inside(self, element: _Element, number: int, depth: int, link: bool, strong: bool) -> None:
        """Walk what is inside an element: inline elements add to the stretch of text, blocks end it at both ends.

        `number` is that of the block element it stands in or is. White space never starts a stretch. What is too deep,
        or one element too many, is passed over with all in it.
        """
        parts, text = self.parts, element.text
        if text and (parts or not text.isspace()):
            parts.append(text)
            if link or strong:
                self.count(text, link, strong)
        for child in element:
            if self.is_full:
                return
            tag = child.tag
            way = _WAYS.get(tag, _BLOCK)
            if way == _CELL and self.elements[number].tag != "tr":
                way = _BLOCK
            if way == _BREAK:
                self.line_break(child, number)
            elif way != _SKIP and self.nodes < self.most_nodes and depth < _MAX_DEPTH:
                self.nodes += 1
                if way == _BLOCK:
                    inner = self.enter(child, tag, number)
                    self.inside(child, inner, depth + 1, link, strong)
                    if parts:
                        self.flush(inner)
                else:
                    self.join(child, way)
                    self.inside(child, number, depth + 1, link or way == _LINK, strong or way == _STRONG)
            text = child.tail
            if text and (parts or not text.isspace()):
                parts.append(text)
                if link or strong:
                    self.count(text, link, strong)

    def join(self, element: _Element, way: int) -> None:
        """Go on with the stretch of text in an inline element, or in a cell of a row."""
        names = element.get("class")
        if names:
            self.inline |= hints(names[:HINT_CHARS])
        if way == _CELL:
            self.parts.append(" ")

    def count(self, text: str, link: bool, strong: bool) -> None:
        """Count the characters of a text that stands in links or is set strong."""
        if link:
            self.link_chars += len(text)
        if strong:
            self.strong_chars += len(text)

    def line_break(self, element: _Element, number: int) -> None:
        """Two line breaks in a row end a paragraph; a single one is a space."""
        following = element.getnext()
        if following is not None and following.tag == "br" and not (element.tail or "").strip():
            self.flush(number)
        else:
            self.parts.append("\n")


def html_to_sheet(tree: _Element, limits: CleanLimits) -> tuple[Sheet, Origins]:
    """Return the blocks of a page in document order, and where they stand; raises TooLarge."""
    walk = Walk(limits)
    walk.run(tree)
    return walk_to_sheet(walk, limits)


def walk_to_sheet(walk: Walk, limits: CleanLimits) -> tuple[Sheet, Origins]:
    """Return what `html_to_sheet` does, of a page that was walked."""
    chars = sum(item.chars for item in walk.found)
    if chars > limits.text_chars:
        raise TooLarge(f"the page has {chars} characters of text; at most {limits.text_chars} are read")
    cut = list(_cut(walk.found, limits))
    elements = [walk.elements[origin.element] for origin, _ in cut]
    gaps = [True] * len(cut)
    layout = Layout(
        bullet=[element.tag in ("li", "dd", "dt") for element in elements],
        gap_before=gaps,
        gap_after=gaps,
        level=[_HEADINGS.get(element.tag, 0) for element in elements],
        is_caption=[element.regions & REGION_BIT["figcaption"] > 0 for element in elements],
        indent=[0] * len(cut),
    )
    return sheet_of([text for _, text in cut], layout), Origins(walk.elements, [origin for origin, _ in cut])


def _cut(found: list[Found], limits: CleanLimits) -> Iterator[tuple[Found, str]]:
    """Yield every stretch with its text, cut where it is longer than a line may be."""
    for item in found:
        for piece in pieces(item.text, limits.line_chars) if item.chars > limits.line_chars else (item.text,):
            yield item, piece
