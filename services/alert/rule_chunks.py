"""The text of each rule of a file, so that a reload parses only the rules that changed, and few at a time.

Splitting needs no YAML: an element of the list begins with its dash, at the list's indentation, and whatever belongs to
it is indented further. A file that is laid out otherwise has no chunks, and is parsed as a whole each time.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

RULES = "rules:"
_RULES = re.compile(r"^rules:[ \t]*(?:#.*)?$", re.MULTILINE)
_DASH = re.compile(r"^( *)- ", re.MULTILINE)
_REACHES_OUT = re.compile(r"[\s:,\[{-][&*]\w|[|>]\d?\+")  # an anchor, what refers to one, or a text up to the next rule
_OUTSIDE = re.compile(r"\n[^\s#]")  # a key behind the list, or another document
_OUTSIDE_FLUSH = re.compile(r"\n(?!- )[^\s#]")  # the same, of a list that is not indented
_OTHER_BREAKS = ("\r", "\x85", "\u2028", "\u2029")
_SAYS_SOMETHING = re.compile(r"^\s*[^\s#]", re.MULTILINE)


class Chunk(NamedTuple):
    """The text of one rule, and the line (from 1) on which it begins."""

    line: int
    text: str


def chunks_of(text: str) -> tuple[str, tuple[Chunk, ...]]:
    """Return what stands before the rules of a file, and the rules; no rules when the file is not laid out so."""
    rules = _RULES.search(text)
    if rules is None:
        return text, ()
    head, body = text[: rules.end()], text[rules.end() :]
    first = _DASH.search(body)
    if first is None or (_OUTSIDE if first[1] else _OUTSIDE_FLUSH).search(body):
        return head, ()
    dash = first[0]
    before, *texts = body.split("\n" + dash)
    if _SAYS_SOMETHING.search(before):
        return head, ()
    chunks, line = [], head.count("\n") + before.count("\n") + 2
    for one in texts:
        chunks.append(Chunk(line, dash + one.rstrip("\n")))
        line += one.count("\n") + 1
    return head, tuple(chunks)


def stand_alone(text: str) -> bool:
    """Return whether each rule of a text means the same without the rules around it; one with an anchor may not.

    Nor does a rule stand on the same line where YAML knows other line breaks than the usual one.
    """
    if any(sign in text for sign in _OTHER_BREAKS):
        return False
    return not ("&" in text or "*" in text or "+" in text) or _REACHES_OUT.search(text) is None


def in_place(chunks: Iterable[Chunk]) -> tuple[str, int]:
    """Return a file with some rules in their order and nothing else, and how many lines before it are left out.

    So each rule stands on its own line, also when it comes from the middle of a large file.
    """
    parts, before, line = [RULES], 0, 0
    for chunk in chunks:
        if not line:
            before, line = chunk.line - 2, chunk.line - 1
        parts.append("\n" * (chunk.line - line) + chunk.text)
        line = chunk.line + chunk.text.count("\n")
    return "".join(parts) + "\n", before
