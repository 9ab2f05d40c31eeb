"""JSON-LD of a page: the article it describes, read leniently."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|NewsStory|Review|Posting)$")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_MARKUP = re.compile(r"<[^>]{0,500}>|&[a-z]{2,8};")
_WORD = re.compile(r"\w+")
_TEASER_CHARS = 300
_MAX_CHARS = 1_000_000  # of one script; the longest of the benchmark has 190 000
_MAX_OBJECTS = 2_000
Node = dict[str, Any]


def _load(text: str) -> object:
    """Return the parsed script, or None: raw line breaks inside strings are forgiven, nothing else."""
    bare = text.strip().removeprefix("<![CDATA[").removesuffix("]]>").removeprefix("//<![CDATA[").rstrip("; \n/")
    for attempt in (bare, _CONTROL.sub(" ", bare)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(value: object) -> Iterator[Node]:
    """Yield every object in `value`, outer ones first, without recursion."""
    waiting: list[object] = [value]
    seen = 0
    while waiting and seen < _MAX_OBJECTS:
        current = waiting.pop(0)
        if isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, dict):
            seen += 1
            yield current
            waiting.extend(inner for inner in current.values() if isinstance(inner, dict | list))


def kinds(node: Node) -> list[str]:
    """Return the @type of an object as a list of strings."""
    kind = node.get("@type")
    found = kind if isinstance(kind, list) else [kind]
    return [item for item in found if isinstance(item, str)]


def objects(tree: _Element) -> list[Node]:
    """Return the JSON-LD objects of the page in document order."""
    found: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "") and script.text and len(script.text) <= _MAX_CHARS:
            found.extend(_objects(_load(script.text)))
    return found[:_MAX_OBJECTS]


def article_of(found: list[Node]) -> Node:
    """Return the object that describes the article: the first article-like one with a headline; empty if none."""
    articles = [node for node in found if any(_ARTICLE.search(kind) for kind in kinds(node))]
    dated = [node for node in articles if "datePublished" in node and ("headline" in node or "name" in node)]
    return (dated or articles or [{}])[0]


def page_of(found: list[Node]) -> Node:
    """Return the object that describes the page itself; empty if none. Blogs often date it instead of the article."""
    return next((node for node in found if {"WebPage", "ItemPage"} & set(kinds(node))), {})


def text_of(value: object) -> str:
    """Return the text or the name of a value, whatever shape it has; "" when it has none."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    if isinstance(value, list):
        value = value[0] if value else ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def texts_of(value: object) -> list[str]:
    """Return the texts of a value that may be one or many."""
    found = [text_of(item) for item in (value if isinstance(value, list) else [value])]
    return [text for text in found if text]


def body_key(found: list[Node]) -> str:
    """Return the lower-case words of every articleBody that is longer than a teaser, one space between them."""
    bodies = [node["articleBody"] for node in found if isinstance(node.get("articleBody"), str)]
    text = " ".join(_MARKUP.sub(" ", body) for body in bodies if len(body) > _TEASER_CHARS)
    return " ".join(_WORD.findall(text.lower()))
