"""HTML pages made of dev pages: a body in the chrome of another site, with boxes of other sites, shorter, nameless.

Every element remembers which of its stretches of text are body: a page that is cut and grafted keeps its labels.
"""

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import Element, _Element

from benchmarks.clean_training.pages import DevPage, example_of
from benchmarks.clean_training.trainer import Example
from services.clean import json_ld
from services.clean.block_features import matrix
from services.clean.html_to_blocks import Found, Walk, walk_to_sheet
from services.clean.html_to_body import page_columns, parse
from services.clean.limits import CleanLimits

_LIMITS = CleanLimits()
_MARK = "data-body"  # "1" or "0" for every stretch of text of an element
_GRAFTED, _BOXED, _SHORTENED, _THINNED, _RENAMED = 0.6, 0.5, 0.4, 0.5, 0.4  # shares of the made pages
_BOX_BLOCKS, _BOXES = 14, 3  # blocks of a box, and boxes put into a body, at most
_SHORT_BLOCKS = (2, 14)
_DROPPED = (0.1, 0.3, 0.6)  # shares of the boxes of a thinned page
_NAMELESS = (0.2, 0.5, 1.0)  # shares of the class names of a renamed page


class _Traced(Walk):
    """A walk that remembers the elements of the page that its numbers stand for."""

    def __init__(self, tree: _Element) -> None:
        super().__init__(_LIMITS)
        body = tree.find("body")
        self.origins = [tree if body is None else body]
        self.run(tree)

    def enter(self, element: _Element, tag: str, parent: int) -> int:
        self.origins.append(element)
        return super().enter(element, tag, parent)

    def traced(self) -> Iterator[tuple[Found, _Element]]:
        """Yield the stretches of text, each with its element."""
        for item in self.found:
            yield item, self.origins[item.element]


def _marked(page: DevPage) -> _Element:
    """Return the tree of a page in which every element with text has a mark."""
    tree = parse(page.text)
    assert tree is not None
    walk = _Traced(tree)
    _, origins = walk_to_sheet(walk, _LIMITS)
    body = {id(origin): kept for origin, kept in zip(origins.found, page.example.labels, strict=True)}
    for item, element in walk.traced():
        element.set(_MARK, (element.get(_MARK) or "") + ("1" if body[id(item)] else "0"))
    return tree


def _is_body(element: _Element) -> bool:
    return "1" in (element.get(_MARK) or "")


def _example(tree: _Element, page: DevPage, described: list[json_ld.Node]) -> Example | None:
    """Return the example of a made page, or None when nothing of its body is left."""
    left: dict[_Element, Iterator[str]] = {}
    body: dict[int, float] = {}
    walk = _Traced(tree)
    for item, element in walk.traced():
        marks = left.setdefault(element, iter(element.get(_MARK) or ""))
        body[id(item)] = float(next(marks, "1" if _is_body(element) else "0"))
    if not any(body.values()):
        return None
    sheet, origins = walk_to_sheet(walk, _LIMITS)
    columns = page_columns(tree, sheet, origins, described)
    return example_of(matrix(columns, page.names), [body[id(item)] for item in origins.found], sheet.blocks)


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a body stands: from the first to the last child of an element."""

    inside: _Element
    first: int
    last: int


def _span(tree: _Element) -> _Span | None:
    """Return where the body of a page stands; None when that is no part of an element."""
    paths = [[*reversed(list(one.iterancestors())), one] for one in tree.iter() if _is_body(one)]
    shared = [steps[0] for steps in zip(*(path[:-1] for path in paths), strict=False) if len(set(steps)) == 1]
    if len(shared) < 2:
        return None
    at = [shared[-1].index(path[len(shared)]) for path in paths]
    return _Span(shared[-1], min(at), max(at))


def _graft(tree: _Element, donor: _Element) -> bool:
    """Put the body of `tree` where `donor` has its own, with head and title; tell whether both have a place for it."""
    own, other = _span(tree), _span(donor)
    head, donor_head = tree.find("head"), donor.find("head")
    if own is None or other is None:
        return False
    other.inside[other.first : other.last + 1] = [copy.deepcopy(one) for one in own.inside[own.first : own.last + 1]]
    if head is not None and donor_head is not None:
        donor.replace(donor_head, copy.deepcopy(head))
    title = next((text for one in tree.iter("h1") if (text := "".join(one.itertext()).strip())), "")
    for heading in list(donor.iter("h1")) if title else ():
        if not any(map(_is_body, heading.iter())):
            heading[:] = []
            heading.text = title
            heading.set(_MARK, "0")
    return True


def _boxes(element: _Element) -> Iterator[_Element]:
    """Yield the largest elements with few blocks and no body."""
    marks = "".join(one.get(_MARK) or "" for one in element.iter())
    if marks and "1" not in marks and len(marks) <= _BOX_BLOCKS:
        yield element
    elif marks:
        for child in element:
            yield from _boxes(child)


def _paragraphs(tree: _Element) -> list[_Element]:
    """Return the elements with one stretch of text, which is body."""
    return [one for one in tree.iter() if one.get(_MARK) == "1" and one.tag != "body"]


def _emptied(element: _Element) -> None:
    """Take an element out; what stood around it stays apart."""
    gap = Element("div")
    gap.tail = element.tail
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, gap)


def _boxed(tree: _Element, boxes: list[_Element], dice: random.Random) -> None:
    """Put some boxes before paragraphs of the body."""
    places = [one for one in _paragraphs(tree) if one.tag == "p" or (one.tag or "").startswith("h")]
    for box in dice.sample(boxes, min(len(boxes), dice.randint(1, _BOXES))) if places else ():
        copied = copy.deepcopy(box)
        copied.tail = None
        dice.choice(places).addprevious(copied)


def _shortened(tree: _Element, dice: random.Random) -> None:
    """Leave as many paragraphs of the body as short news has."""
    paragraphs = _paragraphs(tree)
    if len(paragraphs) <= _SHORT_BLOCKS[0]:
        return
    many = dice.randint(_SHORT_BLOCKS[0], min(_SHORT_BLOCKS[1], len(paragraphs)))
    first = dice.choice((0, 0, dice.randint(0, len(paragraphs) - many)))
    for one in paragraphs[:first] + paragraphs[first + many :]:
        _emptied(one)


def _renamed(tree: _Element, dice: random.Random) -> None:
    """Take away some class names and ids, each wherever it stands."""
    share = dice.choice(_NAMELESS)
    dropped: dict[str, bool] = {}
    for one in tree.iter():
        for name in ("class", "id"):
            value = one.get(name)
            if value and dropped.setdefault(value, dice.random() < share):
                del one.attrib[name]


def grafted_pages(pages: list[DevPage], seed: int, each: int) -> list[Example]:
    """Return `each` pages made of every page, whatever of it comes out with a body."""
    dice = random.Random(seed)
    trees = [_marked(page) for page in pages]
    boxes = [[box for body in tree.iter("body") for box in _boxes(body)] for tree in trees]
    found = []
    for page, tree in zip(pages, trees, strict=True):
        described = json_ld.objects(tree)
        same = [at for at, one in enumerate(pages) if one.language == page.language and one.domain != page.domain]
        for _ in range(each):
            made = copy.deepcopy(tree)
            if dice.random() < _GRAFTED:
                donor = copy.deepcopy(trees[dice.choice(same or range(len(pages)))])
                made = donor if _graft(tree, donor) else made
            if dice.random() < _BOXED:
                _boxed(made, dice.choice(boxes), dice)
            if dice.random() < _SHORTENED:
                _shortened(made, dice)
            if dice.random() < _THINNED:
                share = dice.choice(_DROPPED)
                for box in [box for body in made.iter("body") for box in _boxes(body)]:
                    if dice.random() < share:
                        _emptied(box)
            if dice.random() < _RENAMED:
                _renamed(made, dice)
            found.append(_example(made, page, described))
    return [example for example in found if example is not None]
