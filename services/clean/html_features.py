"""HTML → features: what the elements around a block tell, next to the features its words give.

Elements are asked by whole columns: what holds for an element is counted once, and looked up for the blocks in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.clean.block import Block
from services.clean.hints import KINDS
from services.clean.html_places import (
    article_columns,
    article_of,
    bits,
    inner_columns,
    main_columns,
    main_of,
    spread,
    steps_to,
    title_at,
    title_columns,
)
from services.clean.html_to_blocks import Origins
from services.clean.place_features import Columns, since
from services.clean.sheet import Sheet

_TAGS = ("p", "li", "div", "td", "tr", "h1", "h2", "h3", "h4", "figcaption", "blockquote", "pre", "section", "article",
         "body", "dd", "layout")  # fmt: skip
_TAG_NUMBER = {tag: number for number, tag in enumerate(_TAGS)}


def _numbers(values: Sequence[int]) -> NDArray[np.intp]:
    return np.fromiter(values, np.intp, len(values))


class Said(NamedTuple):
    """What the metadata say in words, "" where nothing: the article, its summary, its title."""

    body: str
    lead: str
    title: str


@dataclass(frozen=True, slots=True)
class _Family:
    """The numbers of the elements that every block stands in: its own, that one's parent, and that one's parent."""

    own: NDArray[np.intp]
    parent: NDArray[np.intp]
    grand: NDArray[np.intp]


def _links(family: _Family, chars: NDArray[Any], linked: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the share of link text in the blocks around each: those of its parent's family, and its grandparent's.

    A block counts for its element, that element's parent and that one's parent.
    """
    own, near, far = family.own, family.parent, family.grand
    most = int(own.max()) + 1
    has_parent, has_grand = near != own, far != near

    def by_element(values: NDArray[Any]) -> NDArray[Any]:
        total: NDArray[Any] = np.bincount(own, values, most) + np.bincount(near[has_parent], values[has_parent], most)
        return total + np.bincount(far[has_grand], values[has_grand], most)

    share = by_element(linked) / np.maximum(by_element(chars), 1)
    return share[near].astype(np.float32), share[far].astype(np.float32)


def _families(
    family: _Family, prose: list[float], words: list[float], template: NDArray[np.intp], total: float
) -> Columns:
    """Return how a block's element, its parent and its grandparent share the page's prose, and how many are alike.

    Also the share of prose in all their words.
    """
    own, parent = family.own, family.parent
    share = np.array(prose) / total
    dense = np.array(prose) / np.maximum(words, 1)
    is_near = np.zeros(len(prose), bool)
    is_near[own] = is_near[parent] = True
    alike = np.log1p(np.bincount(template[is_near], minlength=int(template.max()) + 1)) / 5
    blocks = np.log1p(np.bincount(own, minlength=len(prose))) / 5
    return {
        "element share": share[own],
        "parent share": share[parent],
        "grandparent share": share[family.grand],
        "element density": dense[own],
        "parent density": dense[parent],
        "grandparent density": dense[family.grand],
        "alike": alike[template[own]],
        "parents alike": alike[template[parent]],
        "parent blocks": blocks[parent],
        "element blocks": blocks[own],
    }


def _texts(sheet: Sheet, body: str, lead: str) -> Columns:
    """Return whether the page's metadata say what a block says: as the article's text, or as its summary."""
    nowhere = np.zeros(len(sheet.blocks), bool)
    known = np.array(_said_in(sheet.blocks, body)) if body else nowhere
    return {
        "in article text": known & np.array([len(item.key) > 8 for item in sheet.blocks]) if body else nowhere,
        "article text known": ~nowhere if body else nowhere,
        "outside article text": ~known if body else nowhere,
        "in lead": np.array([item.size > 3 and (item.key in lead or lead in item.key) for item in sheet.blocks])
        if lead
        else nowhere,
    }


def _said_in(blocks: list[Block], body: str) -> list[bool]:
    """Tell for every block whether its words stand in `body`; few do, and the words tell that of most others."""
    words = frozenset(body.split())
    return [item.key in words or (words.issuperset(item.words[1:-1]) and item.key in body) for item in blocks]


def html_columns(sheet: Sheet, origins: Origins, prose: NDArray[Any], said: Said) -> Columns:
    """Return the columns of HTML; `prose` is how much each block reads like prose, `said` is the metadata's."""
    tags, own, _, depth, parent, template = zip(*origins.elements, strict=True)
    _, at, linked, chars, strong, inline = zip(*origins.found, strict=True)
    kinds, outer, alike = _numbers(own), _numbers(parent), _numbers(template)
    element = _numbers(at)
    family = _Family(element, outer[element], outer[outer[element]])
    link_chars, all_chars = _numbers(linked), _numbers(chars)
    density = (link_chars / np.maximum(all_chars, 1)).astype(np.float32)
    sizes = sheet.counts["size"] * prose.astype(np.float64)
    words = sizes * (1 - density)
    total = sum(words.tolist()) or 1.0
    spread_prose = spread(words, element, parent)
    main = steps_to(main_of(element, spread_prose, parent, total), parent)
    article = article_of(tags, parent)
    h1 = sheet.counts["level"] == 1
    columns: Columns = {
        "links": density,
        "all link": density > 0.9,
        "some link": (density > 0.2) & (density <= 0.9),
        "strong": _numbers(strong) / np.maximum(all_chars, 1),
        "depth": np.minimum(_numbers(depth)[element], 40) / 40,
        "template share": (np.bincount(alike[element], sizes) / total)[alike[element]],
        "links before": np.concatenate(([0], density[:-1])),
        "links after": np.concatenate((density[1:], [0])),
        "since h1": since(h1, 60) / 60,
        "until h1": since(h1[::-1], 60)[::-1] / 60,
    }
    columns |= _families(family, spread_prose, spread(sheet.counts["size"], element, parent), alike, total)
    columns["parent links"], columns["grandparent links"] = _links(family, all_chars, link_chars)
    columns |= _texts(sheet, said.body, said.lead) | main_columns(main, element, words)
    title = title_at(sheet.blocks, sheet.counts["level"], said.title)
    columns |= title_columns(title, element, article, parent)
    columns |= article_columns(article[element], spread_prose, total)
    tag = _numbers([_TAG_NUMBER.get(one, -1) for one in tags])[element]
    columns |= {f"tag {name}": tag == number for name, number in _TAG_NUMBER.items()}
    columns |= inner_columns(main, element, tags, own, parent)
    columns |= bits(kinds[family.own], KINDS, "own ") | bits(kinds[family.parent], KINDS, "parent ")
    return columns | bits(_numbers(inline), KINDS, "inline ")
