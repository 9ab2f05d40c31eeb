"""The text of a registry with sources marked as verified; every other character of it stays."""

import re
from collections.abc import Collection
from typing import Final

_START: Final = re.compile(r"^(\s*)-\s+id:\s*['\"]?([^'\"\s#]+)", re.MULTILINE)
_VERIFIED: Final = re.compile(r"^(\s+verified:\s*)(?:false|False)\b", re.MULTILINE)


def mark_verified(text: str, ids: Collection[str]) -> str:
    """Return the text with `verified: true` for these sources; those that do not say `verified` get the line.

    Knows sources that are written as the shipped file writes them, with `- id:` first; others stay as they are.
    """
    starts = list(_START.finditer(text))
    pieces = [text[: starts[0].start()] if starts else text]
    for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)], strict=True):
        block = text[start.start() : end]
        if start[2] in ids:
            marked, count = _VERIFIED.subn(r"\1true", block, count=1)
            if not count and not re.search(r"^\s+verified:", block, re.MULTILINE):
                head, _, rest = block.partition("\n")
                marked = f"{head}\n{start[1]}  verified: true\n{rest}"
            block = marked
        pieces.append(block)
    return "".join(pieces)
