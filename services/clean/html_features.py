"""HTML → features: what the elements around a block tell, next to the features its words give."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.clean.block import Block
from services.clean.hints import KINDS
from services.clean.html_to_blocks import REGIONS, Found, Node
from services.clean.place_features import Columns, since

_TAGS = ("p", "li", "div", "td", "tr", "h1", "h2", "h3", "h4", "figcaption", "blockquote", "pre", "section", "article",
         "body", "dd", "layout")  # fmt: skip
_TAG_NUMBER = {tag: number for number, tag in enumerate(_TAGS)}


def _bits(values: list[int], names: tuple[str, ...], prefix: str) -> Columns:
    """Return one column a bit."""
    bits = ((np.array(values, np.int64) >> np.arange(len(names))[:, None]) & 1).astype(np.float32)
    return {prefix + name: row for name, row in zip(names, bits, strict=True)}


def _spread(words: list[float], found: list[Found]) -> None:
    """Count for every element the blocks that stand in it and the words of prose in all of it.

    An element has a smaller number than those inside it, so that counting backwards carries every sum up.
    """
    nodes: dict[int, Node] = {}
    for own, origin in zip(words, found, strict=True):
        origin.node.blocks += 1
        origin.node.prose += own
        node: Node | None = origin.node
        while node is not None and node.number not in nodes:
            nodes[node.number] = node
            node = node.parent
    for number in sorted(nodes, reverse=True):
        node = nodes[number]
        if node.parent is not None:
            node.parent.prose += node.prose


def _main(found: list[Found], total: float) -> Node:
    """Return the deepest element that holds most of the page's prose."""
    node: Node | None = max((origin.node for origin in found), key=lambda one: one.prose)
    best = node
    while node is not None:
        best = node
        if node.prose >= 0.6 * total:
            break
        node = node.parent
    assert best is not None
    return best


def _steps_to_main(nodes: list[Node], main: Node) -> NDArray[np.float32]:
    """Return two rows: steps up from every node to an element that holds `main`, and from `main` up to that element."""
    path: dict[int, int] = {}
    above: Node | None = main
    while above is not None:
        path[above.number] = len(path)
        above = above.parent
    known: dict[int, tuple[int, int]] = {number: (0, distance) for number, distance in path.items()}

    def steps(node: Node) -> tuple[int, int]:
        trail: list[Node] = []
        at: Node | None = node
        while at is not None and at.number not in known:
            trail.append(at)
            at = at.parent
        up, down = known[at.number] if at is not None else (0, len(path))
        for item in reversed(trail):
            up += 1
            known[item.number] = (up, down)
        return up, down

    return np.array([steps(node) for node in nodes], np.float32).T


def _numbers(nodes: list[Node]) -> NDArray[np.intp]:
    return np.fromiter((node.number for node in nodes), np.intp, len(nodes))


def _links(
    nodes: list[Node], parents: list[Node], grand: list[Node], chars: NDArray[Any], linked: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the share of link text in the blocks around each: those of its parent's family, and its grandparent's.

    A block counts for its element, that element's parent and that one's parent.
    """
    own, near, far = _numbers(nodes), _numbers(parents), _numbers(grand)
    most = int(max(own.max(), near.max(), far.max())) + 1
    has_parent, has_grand = near != own, far != near

    def by_element(values: NDArray[Any]) -> NDArray[Any]:
        total: NDArray[Any] = np.bincount(own, values, most) + np.bincount(near[has_parent], values[has_parent], most)
        return total + np.bincount(far[has_grand], values[has_grand], most)

    share = by_element(linked) / np.maximum(by_element(chars), 1)
    return share[near].astype(np.float32), share[far].astype(np.float32)


def _families(
    nodes: list[Node], parents: list[Node], grand: list[Node], total: float, links: tuple[NDArray[Any], NDArray[Any]]
) -> Columns:
    """Return how a block's element, its parent and its grandparent share the page's prose, and how many are alike."""
    by_number = {node.number: node.name for node in [*nodes, *parents]}
    alike = Counter(by_number.values())
    count = len(nodes)

    def many(values: Iterable[int]) -> NDArray[Any]:
        found: NDArray[Any] = np.log1p(np.fromiter(values, np.float64, count)) / 5
        return found

    return {
        "element share": np.fromiter((node.prose for node in nodes), np.float64, count) / total,
        "parent share": np.fromiter((node.prose for node in parents), np.float64, count) / total,
        "grandparent share": np.fromiter((node.prose for node in grand), np.float64, count) / total,
        "parent links": links[0],
        "grandparent links": links[1],
        "alike": many(alike[node.name] for node in nodes),
        "parents alike": many(alike[node.name] for node in parents),
        "parent blocks": many(node.blocks for node in parents),
        "element blocks": many(node.blocks for node in nodes),
    }


def _texts(blocks: list[Block], body: str, lead: str) -> Columns:
    """Return whether the page's metadata say what a block says: as the article's text, or as its summary."""
    known = np.array(_said_in(blocks, body)) if body else np.zeros(len(blocks), bool)
    wordy = np.array([len(item.key) > 8 for item in blocks])
    return {
        "in article text": known & wordy,
        "article text known": np.full(len(blocks), bool(body)),
        "outside article text": ~known & bool(body),
        "in lead": np.array([item.size > 3 and (item.key in lead or lead in item.key) for item in blocks])
        if lead
        else np.zeros(len(blocks)),
    }


def _said_in(blocks: list[Block], body: str) -> list[bool]:
    """Tell for every block whether its words stand in `body`; few do, and the words tell that of most others."""
    words = frozenset(body.split())
    return [words.issuperset(item.words[1:-1]) and item.key in body for item in blocks]


def html_columns(blocks: list[Block], found: list[Found], prose: list[float], body: str, lead: str) -> Columns:
    """Return the columns of HTML; `body` and `lead` are the words of the article and its summary in the metadata."""
    rows = np.array([(one.chars, one.link_chars, one.strong_chars, one.node.depth) for one in found], np.float64)
    chars, link_chars, strong_chars, depth = rows.T
    density = (link_chars / np.maximum(chars, 1)).astype(np.float32)
    sizes = [item.size for item in blocks]
    words = (np.array(sizes) * prose * (1 - density)).tolist()
    total = sum(words) or 1.0
    _spread(words, found)
    nodes = [origin.node for origin in found]
    up, down = _steps_to_main(nodes, _main(found, total))
    names: dict[str, float] = {}
    for size, node, share in zip(sizes, nodes, prose, strict=True):
        names[node.name] = names.get(node.name, 0.0) + size * share
    parents = [node.parent or node for node in nodes]
    grand = [node.parent or node for node in parents]
    h1 = np.array([item.level == 1 for item in blocks])
    columns: Columns = {
        "links": density,
        "all link": density > 0.9,
        "some link": (density > 0.2) & (density <= 0.9),
        "strong": strong_chars / np.maximum(chars, 1),
        "depth": np.minimum(depth, 40) / 40,
        "steps up to main": np.minimum(up, 8) / 8,
        "main below": np.minimum(down, 8) / 8,
        "in main": down == 0,
        "right in main": (down == 0) & (up <= 1),
        "template share": np.array([names[node.name] / total for node in nodes], np.float32),
        "links before": np.concatenate(([0], density[:-1])),
        "links after": np.concatenate((density[1:], [0])),
        "since h1": since(h1, 60) / 60,
        "until h1": since(h1[::-1], 60)[::-1] / 60,
    }
    columns |= _families(nodes, parents, grand, total, _links(nodes, parents, grand, chars, link_chars))
    columns |= _texts(blocks, body, lead)
    tags = np.fromiter((_TAG_NUMBER.get(node.tag, -1) for node in nodes), np.intp, len(nodes))
    columns |= {f"tag {tag}": tags == number for tag, number in _TAG_NUMBER.items()}
    columns |= _bits([node.regions for node in nodes], REGIONS, "region ")
    columns |= _bits([node.own for node in nodes], KINDS, "own ")
    columns |= _bits([node.own for node in parents], KINDS, "parent ")
    columns |= _bits([node.own | node.above for node in grand], KINDS, "above ")
    columns |= _bits([origin.inline for origin in found], KINDS, "inline ")
    return columns
