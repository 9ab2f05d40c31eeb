"""The text of each rule of a file, so that a reload parses only the rules that changed.

Splitting needs no YAML: an element of the list begins with its dash, at the list's indentation, and whatever belongs to
it is indented further. A file that is laid out otherwise has no chunks, and is parsed as a whole each time.
"""

import re
from dataclasses import dataclass

_RULES = re.compile(r"^rules:[ \t]*(?:#.*)?$", re.MULTILINE)
_DASH = re.compile(r"^( *)- ", re.MULTILINE)


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
    # Anchors reach from one rule into another, and a key behind the list belongs to no rule.
    if first is None or re.search(r"(?m)[&*]\w+\s*$|^\w", body) or "\n---" in text:
        return head, ()
    dash = re.compile(rf"^{first[1]}- ", re.MULTILINE)
    starts = [found.start() for found in dash.finditer(body)]
    chunks, line, at = [], head.count("\n") + 1, 0
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        line += body.count("\n", at, start)
        at = start
        chunks.append(Chunk(line, body[start:end].rstrip()))
    return head, tuple(chunks)
