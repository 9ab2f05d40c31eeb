"""HTML → body: the blocks of a page and how likely each is part of its article."""

import re
from collections.abc import Iterator
from itertools import islice

import numpy as np
from lxml.etree import HTMLParser, LxmlError, _Element, fromstring

from services.clean import json_ld
from services.clean.block import WORD, Block
from services.clean.block_features import block_columns, matrix
from services.clean.html_features import Said, html_columns
from services.clean.html_to_blocks import Origins, html_to_sheet
from services.clean.limits import CleanLimits
from services.clean.network import Floats, load, probabilities
from services.clean.place_features import Columns
from services.clean.sheet import Sheet

_LIMITS = CleanLimits()
_TAG_CHARS = 4_000  # of text between two "<"; a tag with many attributes is longer
_ATTRIBUTES = 300
_OPENS = ord("<")
_CROWDED = re.compile(r"([a-zA-Z][\w:-]*)\s[^>]*")  # a tag without its brackets
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_TITLE_WORDS = 60  # more are no title, and every heading is looked for in it
_LEAD_WORDS = 5  # a shorter description describes the site


def _first_tags(text: str, many: int) -> str:
    """Return `text` up to its first `many` tags; all of it when it has no more."""
    found = next(islice(re.finditer("<", text), many, None), None)
    return text if found is None else text[: found.start()]


def _has_more_tags(encoded: bytes, many: int) -> bool:
    """Tell whether a text in UTF-8 has more than `many` tags; counted at once, which takes no time a tag."""
    return len(encoded) > many and int(np.count_nonzero(np.frombuffer(encoded, np.uint8) == _OPENS)) > many


def _without_crowds(text: str) -> str:
    """Return `text` with crowded tags emptied: the parser compares each attribute with all before it."""
    kept, done = [], 0
    for start, end in _long_pieces(text):
        tag = _CROWDED.match(text, start, end)
        if tag and _is_crowded(tag[0]):
            kept += [text[done:start], tag[1]]
            done = tag.end()
    return "".join([*kept, text[done:]]) if kept else text


def _long_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the text between two "<" wherever that is longer than _TAG_CHARS.

    Looks back from as far as a piece may reach, which skips most of the pieces in between.
    """
    start = 0
    while len(text) - start > _TAG_CHARS:
        last = text.rfind("<", start, start + _TAG_CHARS + 1)
        if last < 0:
            last = text.find("<", start)
            last = last if last >= 0 else len(text)
            yield start, last
        start = last + 1


def _is_crowded(tag: str) -> bool:
    """Tell whether a tag without its brackets has more attributes than any page needs."""
    return len(tag) > 2 * _ATTRIBUTES and len(_VALUE.sub("", tag).split()) > _ATTRIBUTES


def parse(text: str, limits: CleanLimits = _LIMITS, encoded: bytes | None = None) -> _Element | None:
    """Return the page's tree, or None when it holds no element at all; `encoded` is the text in UTF-8, where known.

    A tree costs a hundred times the memory of its text where there is little text between the tags, so that tags beyond
    those that `CleanLimits.html_nodes` elements can have are not parsed: they would be passed over in any case.
    """
    known = text.encode() if encoded is None else encoded
    most = 2 * limits.html_nodes
    read = _without_crowds(_first_tags(text, most) if _has_more_tags(known, most) else text)
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, recover=True)
    try:
        return fromstring(known if read is text else read.encode(), parser)
    except LxmlError:
        return None


def _said(tree: _Element, described: list[json_ld.Node]) -> Said:
    """Return the words of the article as JSON-LD has it, and of the page's description and title as it is shared."""
    first: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower().removeprefix("og:")
        if name in ("description", "title"):
            first.setdefault(name, meta.get("content") or "")
    if not first.get("title"):
        first["title"] = tree.findtext("head/title") or ""
    lead, title = (WORD.findall(first.get(name, "").lower()) for name in ("description", "title"))
    summary = " ".join(lead if len(lead) >= _LEAD_WORDS else ())
    return Said(json_ld.body_key(described), summary, " ".join(title[:_TITLE_WORDS]))


def page_columns(tree: _Element, sheet: Sheet, origins: Origins, described: list[json_ld.Node]) -> Columns:
    """Return the columns of a page with at least one block; `described` are its JSON-LD objects."""
    columns = block_columns(sheet)
    return columns | html_columns(sheet, origins, columns["prose"], _said(tree, described))


def html_to_body(tree: _Element, described: list[json_ld.Node], limits: CleanLimits) -> tuple[list[Block], Floats]:
    """Return the page's blocks, and for each the probability that it is part of the body."""
    sheet, origins = html_to_sheet(tree, limits)
    if not sheet.blocks:
        return [], np.zeros(0, np.float32)
    model = load("html")
    return sheet.blocks, probabilities(model, matrix(page_columns(tree, sheet, origins, described), model.names))
