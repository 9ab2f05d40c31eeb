"""HTML → blocks: the text of a page cut at its block elements, each with the elements it stands in.

Bounded: depth, number of elements and number of blocks have limits; what lies beyond is ignored.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from services.clean.hints import HIDDEN, hints
from services.clean.limits import CleanLimits
from services.clean.refusals import TooLarge
from services.clean.sheet import Layout, Sheet, sheet_of
from services.clean.text_to_blocks import pieces, plain

_SKIP, _INLINE, _LINK, _STRONG, _BREAK, _CELL, _ROW = range(1, 8)  # what to do with an element; 0 starts a block
_BLOCKS = (0, _ROW)
_SKIPPED = (
    "script style noscript template iframe svg math head select option textarea input canvas object audio video map "
    "datalist link meta source track embed"
)
_INLINES = (
    "abbr acronym bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rp rt s samp small span "
    "strike sub sup time tt u var wbr img picture nobr o:p"
)
_WAYS = (
    {"a": _LINK, "b": _STRONG, "strong": _STRONG, "br": _BREAK, "td": _CELL, "th": _CELL, "tr": _ROW}
    | dict.fromkeys(_SKIPPED.split(), _SKIP)
    | dict.fromkeys(_INLINES.split(), _INLINE)
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
# tags whose presence among the ancestors is a feature, one bit each
REGIONS = ("article", "main", "nav", "aside", "header", "footer", "form", "figure", "figcaption", "ul", "ol", "table",
           "blockquote", "section", "details", "dl", "button")  # fmt: skip
_REGION_BIT = {tag: 1 << number for number, tag in enumerate(REGIONS)}
_IN_LAYOUT = ("p", "div", "table", "ul", "ol", "h2", "h3", "br", "img")  # what a cell of a layout table holds
_MAX_DEPTH = 200  # libxml2 itself gives up at 256


@dataclass(slots=True)
class Node:
    """A block element with what it stands in; `prose` is filled in with the words of its sentences."""

    tag: str
    own: int  # hints of its class and id
    above: int  # hints of all elements above it
    regions: int  # bits of REGIONS, its own tag included
    depth: int
    parent: "Node | None"
    number: int
    name: str  # tag and class: equal for elements made by one template
    prose: float = 0.0
    blocks: int = 0


@dataclass(slots=True)
class Found:
    """A stretch of text, the element it stands in, how much of it is link text, and its inline hints."""

    text: str
    node: Node
    link_chars: int
    chars: int
    strong_chars: int
    inline: int


class _Walk:
    """One pass over a tree that gathers stretches of text. Every element costs time here: the loop is kept flat.

    It goes no deeper once it has as many elements, and no further once it has as many stretches, as the limits allow.
    """

    def __init__(self, limits: CleanLimits) -> None:
        self.most_found = limits.blocks
        self.most_nodes = limits.html_nodes
        self.found: list[Found] = []
        self.is_full = False
        self.parts: list[str] = []
        self.link_chars = 0
        self.strong_chars = 0
        self.inline = 0
        self.nodes = 0

    def flush(self, node: Node) -> None:
        """End the current stretch of text."""
        text = plain(self.parts[0] if len(self.parts) == 1 else "".join(self.parts))
        if text and not self.is_full:
            size = len(text)
            self.found.append(
                Found(text, node, min(self.link_chars, size), size, min(self.strong_chars, size), self.inline)
            )
            self.is_full = len(self.found) == self.most_found
        self.parts.clear()
        self.link_chars = self.strong_chars = self.inline = 0

    def node_of(self, element: _Element, tag: str, parent: Node | None) -> Node:
        """Return the node of a block element."""
        self.nodes += 1
        names, own = "", 0
        attributes = element.items()
        if attributes:
            known = dict(attributes)
            names = f"{known.get('class', '')} {known.get('id', '')}"
            own = hints(names) if tag != "body" else 0  # a body's names speak of the whole site
            style = known.get("style")
            if "hidden" in known or (style and "display:none" in style.replace(" ", "")):
                own |= HIDDEN
        if parent is None:
            return Node(tag, own, 0, 0, 0, None, self.nodes, tag)
        regions = parent.regions | _REGION_BIT.get(tag, 0)
        return Node(
            tag, own, parent.above | parent.own, regions, parent.depth + 1, parent, self.nodes, f"{tag}.{names}"
        )

    def children(self, element: _Element, node: Node, depth: int, link: bool, strong: bool) -> None:
        """Walk what is inside an element of `node`: inline elements add to the stretch, blocks end it.

        White space never starts a stretch.
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
            way = _WAYS.get(tag, 0)
            if way in _BLOCKS or (way == _CELL and node.tag != "tr"):
                self.block(child, tag, node, depth, link, strong)
            elif way == _BREAK:
                self.line_break(child, node)
            elif way != _SKIP and self.nodes < self.most_nodes and depth < _MAX_DEPTH:
                self.nodes += 1
                names = child.get("class")
                if names:
                    self.inline |= hints(names)
                if way == _CELL:
                    parts.append(" ")
                self.children(child, node, depth + 1, link or way == _LINK, strong or way == _STRONG)
            text = child.tail
            if text and (parts or not text.isspace()):
                parts.append(text)
                if link or strong:
                    self.count(text, link, strong)

    def count(self, text: str, link: bool, strong: bool) -> None:
        """Count the characters of a text that stands in links or is set strong."""
        if link:
            self.link_chars += len(text)
        if strong:
            self.strong_chars += len(text)

    def block(self, child: _Element, tag: object, node: Node, depth: int, link: bool, strong: bool) -> None:
        """Walk a block element: a stretch ends before and after it. Comments and the like have no name."""
        if not isinstance(tag, str) or self.nodes >= self.most_nodes or depth >= _MAX_DEPTH:
            return
        if self.parts:
            self.flush(node)
        if tag == "tr" and next(child.iter(*_IN_LAYOUT), None) is not None:
            tag = "layout"  # its cells are blocks of their own
        inner = self.node_of(child, tag, node)
        self.children(child, inner, depth + 1, link, strong)
        if self.parts:
            self.flush(inner)

    def line_break(self, child: _Element, node: Node) -> None:
        """Two line breaks in a row end a paragraph; a single one is a space."""
        following = child.getnext()
        if following is not None and following.tag == "br" and not (child.tail or "").strip():
            self.flush(node)
        else:
            self.parts.append("\n")


def stretches(tree: _Element, limits: CleanLimits) -> list[Found]:
    """Return the stretches of text of a page in document order."""
    body = tree.find("body") if tree.tag == "html" else tree
    walk = _Walk(limits)
    root = walk.node_of(tree if body is None else body, "body", None)
    walk.children(tree if body is None else body, root, 0, False, False)
    walk.flush(root)
    return walk.found


def html_to_sheet(tree: _Element, limits: CleanLimits) -> tuple[Sheet, list[Found]]:
    """Return the blocks of a page in document order, and for each the stretch it was cut from; raises TooLarge."""
    found = stretches(tree, limits)
    chars = sum(item.chars for item in found)
    if chars > limits.text_chars:
        raise TooLarge(f"the page has {chars} characters of text; at most {limits.text_chars} are read")
    cut = list(_cut(found, limits))
    nodes = [origin.node for origin, _ in cut]
    gaps = [True] * len(cut)
    layout = Layout(
        bullet=[node.tag in ("li", "dd", "dt") for node in nodes],
        gap_before=gaps,
        gap_after=gaps,
        level=[_HEADINGS.get(node.tag, 0) for node in nodes],
        is_caption=[node.regions & _REGION_BIT["figcaption"] > 0 for node in nodes],
        indent=[0] * len(cut),
    )
    return sheet_of([text for _, text in cut], layout), [origin for origin, _ in cut]


def _cut(found: list[Found], limits: CleanLimits) -> Iterator[tuple[Found, str]]:
    """Yield every stretch with its text, cut where it is longer than a line may be."""
    for item in found:
        for piece in pieces(item.text, limits.line_chars) if item.chars > limits.line_chars else (item.text,):
            yield item, piece
