"""JSON-LD of a page: the article it describes, read leniently."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element

from services.clean.characters import key_of

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|NewsStory|Review|Posting)$")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_OPENERS = ("<!--", "//", "/*", "<![CDATA[", "*/")  # what is wrapped around a script, from the time before JSON-LD
_CLOSERS = ("-->", "]]>", "//", "/*", "*/", ";")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_BETWEEN = re.compile(r"[\s,;]*")
_DECODER = json.JSONDecoder(strict=False)
_MARKUP = re.compile(r"<[^>]{0,500}>|&[a-z]{2,8};")
_TEASER_CHARS = 300
_MAX_CHARS = 1_000_000  # of one script; the longest of the benchmark has 190 000
_MAX_OBJECTS = 2_000
_REFERENCE_KEYS = 2  # {"@id": …} and perhaps "@type": what it says stands elsewhere in the graph
_CONTAINERS = (dict, list)  # a union would be asked more slowly, of every value
Node = dict[str, Any]


def _unwrapped(text: str) -> str:
    """Return a script without the comment or CDATA marks around it."""
    bare = text.strip()
    while (found := next((mark for mark in _OPENERS if bare.startswith(mark)), "")) != "":
        bare = bare[len(found) :].lstrip()
    while (found := next((mark for mark in _CLOSERS if bare.endswith(mark)), "")) != "":
        bare = bare[: -len(found)].rstrip()
    return bare


def _attempts(text: str) -> Iterator[str]:
    """Yield the script as it stands, then with the usual mistakes mended, one after another."""
    bare = _unwrapped(text)
    yield bare
    bare = _CONTROL.sub(" ", bare)
    yield bare
    if bare[:80].count("&quot;") > 1:
        bare = html.unescape(bare)
    bare = _BAD_ESCAPE.sub(r"\\\\", bare)
    yield bare
    yield _TRAILING_COMMA.sub(r"\1", bare)


def _load(text: str) -> list[object]:
    """Return the values in a script: mostly one, or several after one another; empty when it cannot be mended."""
    for attempt in _attempts(text):
        try:
            return [json.loads(attempt, strict=False)]
        except RecursionError:
            return []
        except ValueError as error:
            found = _leading(attempt) if "Extra data" in str(error) else []
            if found:
                return found
    return []


def _leading(text: str) -> list[object]:
    """Return the values that stand after one another in `text`, up to the first that cannot be read."""
    found: list[object] = []
    at = 0
    while at < len(text) and len(found) < _MAX_OBJECTS:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
        at = end + len(_BETWEEN.match(text, end)[0])  # type: ignore[index]
    return found


def _objects(value: object) -> Iterator[Node]:
    """Yield every object in `value`, outer ones first, without recursion."""
    waiting: deque[object] = deque([value])
    seen = 0
    while waiting and seen < _MAX_OBJECTS:
        current = waiting.popleft()
        if isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, dict):
            seen += 1
            yield current
            waiting.extend([inner for inner in current.values() if isinstance(inner, _CONTAINERS)])


def kinds(node: Node) -> list[str]:
    """Return the @type of an object as a list of strings."""
    kind = node.get("@type")
    if isinstance(kind, list):
        return [item for item in kind if isinstance(item, str)]
    return [kind] if isinstance(kind, str) else []


def objects(tree: _Element) -> list[Node]:
    """Return the JSON-LD objects of the page in document order, with the names of those they refer to by @id."""
    found: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "") and script.text and len(script.text) <= _MAX_CHARS:
            found.extend(_objects(_load(script.text)))
    return _resolved(found[:_MAX_OBJECTS])


def _resolved(found: list[Node]) -> list[Node]:
    """Return the objects; one that is only a reference gets the name of the object it refers to."""
    named = {node["@id"]: node["name"] for node in found if isinstance(node.get("@id"), str) and node.get("name")}
    for node in found:
        link = node.get("@id") if len(node) <= _REFERENCE_KEYS and "name" not in node else None
        if isinstance(link, str) and link in named:
            node["name"] = named[link]
    return found


def article_of(found: list[Node]) -> Node:
    """Return the object that describes the article: the first article-like one with a headline; empty if none."""
    articles = [node for node in found if any(map(_ARTICLE.search, kinds(node)))]
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
    long = [body for body in bodies if len(body) > _TEASER_CHARS]
    return key_of(" ".join([_MARKUP.sub(" ", body) if "<" in body or "&" in body else body for body in long]))
