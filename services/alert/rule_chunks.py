"""The text of each rule of a file, so that a reload parses only the rules that changed, and few at a time.

Splitting needs no YAML: an element of the list begins with its dash, at the list's indentation, and whatever belongs to
it is indented further. A file that is laid out otherwise has no chunks, and is parsed as a whole each time.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

RULES = "rules:"
_RULES = re.compile(r"^rules:[ \t]*(?:#.*)?$", re.MULTILINE)
_DASH = re.compile(r"^( *)- ", re.MULTILINE)
_REACHES_OUT = re.compile(r"[\s:,\[{-][&*]\w")  # an anchor, or what refers to one
_OUTSIDE = re.compile(r"^[^\s#]", re.MULTILINE)  # a key behind the list, or another document


@dataclass(frozen=True, slots=True)
class Chunk:
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
    if first is None:
        return head, ()
    dash = re.compile(rf"^{first[1]}- ", re.MULTILINE)
    starts = [found.start() for found in dash.finditer(body)]
    chunks, line, at = [], head.count("\n") + 1, 0
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        line += body.count("\n", at, start)
        at = start
        chunk = Chunk(line, body[start:end].rstrip())
        if _OUTSIDE.search(chunk.text, 1):
            return head, ()
        chunks.append(chunk)
    return head, tuple(chunks)


def stands_alone(chunk: Chunk) -> bool:
    """Return whether a rule means the same without the rules around it; one with an anchor may not."""
    return _REACHES_OUT.search(chunk.text) is None


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
