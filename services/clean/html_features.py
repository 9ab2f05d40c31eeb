"""HTML → features: what the elements around a block tell, next to the features its words give."""

from collections import Counter

import numpy as np

from services.clean.block import Block
from services.clean.hints import KINDS
from services.clean.html_to_blocks import REGIONS, Found, Node
from services.clean.place_features import Columns, since

_TAGS = ("p", "li", "div", "td", "tr", "h1", "h2", "h3", "h4", "figcaption", "blockquote", "pre", "section", "article",
         "body", "dd", "layout")  # fmt: skip


def _bits(values: list[int], names: tuple[str, ...], prefix: str) -> Columns:
    """Return one column a bit."""
    bits = ((np.array(values, np.int64)[:, None] >> np.arange(len(names))) & 1).astype(np.float32)
    return {prefix + name: bits[:, at] for at, name in enumerate(names)}


def _spread(blocks: list[Block], found: list[Found], prose: list[float]) -> float:
    """Add every block's prose words to the elements it stands in, less with each step up; return the page's."""
    total = 0.0
    for item, origin, share in zip(blocks, found, prose, strict=True):
        origin.node.blocks += 1
        words = item.size * share * (1 - origin.link_chars / max(origin.chars, 1))
        total += words
        node: Node | None = origin.node
        while node is not None:
            node.prose += words
            node = node.parent
    return total or 1.0


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


def _steps_to(node: Node | None, path: dict[int, int]) -> tuple[int, int]:
    """Return (steps up from the node to an element of `path`, that element's distance from the path's start)."""
    up = 0
    while node is not None and node.number not in path:
        node, up = node.parent, up + 1
    return up, path[node.number] if node is not None else len(path)


def _path(node: Node | None) -> dict[int, int]:
    """Return the numbers of an element and those above it, each with its distance."""
    steps: dict[int, int] = {}
    while node is not None:
        steps[node.number] = len(steps)
        node = node.parent
    return steps


def html_columns(blocks: list[Block], found: list[Found], prose: list[float], body: str, lead: str) -> Columns:
    """Return the columns of HTML; `body` and `lead` are the words of the article and its summary in the metadata."""
    total = _spread(blocks, found, prose)
    main = _main(found, total)
    path = _path(main)
    steps = [_steps_to(origin.node, path) for origin in found]
    names: dict[str, float] = {}
    for item, origin, share in zip(blocks, found, prose, strict=True):
        names[origin.node.name] = names.get(origin.node.name, 0.0) + item.size * share
    parents = [origin.node.parent or origin.node for origin in found]
    grand = [node.parent or node for node in parents]
    nodes = {node.number: node for one in found for node in (one.node, one.node.parent) if node is not None}
    alike = Counter(node.name for node in nodes.values())
    chars, linked = Counter[int](), Counter[int]()
    for origin, node in zip(found, grand, strict=True):
        for at in {origin.node.number, (origin.node.parent or origin.node).number, node.number}:
            chars[at] += origin.chars
            linked[at] += origin.link_chars
    h1 = np.array([item.level == 1 for item in blocks])
    density = np.array([origin.link_chars / max(origin.chars, 1) for origin in found], np.float32)
    columns: Columns = {
        "links": density,
        "all link": density > 0.9,
        "some link": (density > 0.2) & (density <= 0.9),
        "strong": np.array([origin.strong_chars / max(origin.chars, 1) for origin in found], np.float32),
        "depth": np.array([min(origin.node.depth, 40) for origin in found], np.float32) / 40,
        "steps up to main": np.array([min(up, 8) for up, _ in steps], np.float32) / 8,
        "main below": np.array([min(down, 8) for _, down in steps], np.float32) / 8,
        "in main": np.array([down == 0 for _, down in steps]),
        "right in main": np.array([down == 0 and up <= 1 for up, down in steps]),
        "element share": np.array([origin.node.prose / total for origin in found], np.float32),
        "parent share": np.array([node.prose / total for node in parents], np.float32),
        "grandparent share": np.array([node.prose / total for node in grand], np.float32),
        "template share": np.array([names[origin.node.name] / total for origin in found], np.float32),
        "parent links": np.array([linked[node.number] / max(chars[node.number], 1) for node in parents], np.float32),
        "grandparent links": np.array([linked[node.number] / max(chars[node.number], 1) for node in grand], np.float32),
        "alike": np.log1p([alike[origin.node.name] for origin in found]) / 5,
        "parents alike": np.log1p([alike[node.name] for node in parents]) / 5,
        "parent blocks": np.log1p([node.blocks for node in parents]) / 5,
        "element blocks": np.log1p([origin.node.blocks for origin in found]) / 5,
        "links before": np.concatenate(([0], density[:-1])),
        "links after": np.concatenate((density[1:], [0])),
        "since h1": since(h1, 60) / 60,
        "until h1": since(h1[::-1], 60)[::-1] / 60,
        "in article text": np.array([len(item.key) > 8 and item.key in body for item in blocks]),
        "article text known": np.full(len(blocks), bool(body)),
        "outside article text": np.array([bool(body) and item.key not in body for item in blocks]),
        "in lead": np.array([item.size > 3 and (item.key in lead or lead in item.key) for item in blocks])
        if lead
        else np.zeros(len(blocks)),
    }
    for tag in _TAGS:
        columns[f"tag {tag}"] = np.array([origin.node.tag == tag for origin in found])
    columns |= _bits([origin.node.regions for origin in found], REGIONS, "region ")
    columns |= _bits([origin.node.own for origin in found], KINDS, "own ")
    columns |= _bits([node.own for node in parents], KINDS, "parent ")
    columns |= _bits([node.own | node.above for node in grand], KINDS, "above ")
    columns |= _bits([origin.inline for origin in found], KINDS, "inline ")
    return columns
