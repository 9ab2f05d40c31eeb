"""Additions to made-up flat pages: boxes of real pages inside the body, and right below it what is prose but no body.

Comments, other articles of the same writer and notes about the writer read like an article; only what stands around
them tells. The boxes of real pages are captions, teasers and notices nobody thought of.
"""

import random
from itertools import pairwise

Line = tuple[str, float]  # a line of a flat text, and whether it is body; empty lines are 0.0
_BOX_LINES = 12  # a longer one is no box
_BOXES = (1, 1, 2, 2, 3)  # how many boxes a page gets
_LOWER = (0, 1, 1, 4, 12)  # how many lines of chrome may stand between the body and what is added below


def boxes_of(lines: list[Line]) -> list[list[Line]]:
    """Return what stands between two body lines of a page, with its empty lines."""
    body = _body(lines)
    boxes = []
    for one, two in pairwise(body):
        between = lines[one + 1 : two]
        if 0 < sum(bool(text.strip()) for text, _ in between) <= _BOX_LINES:
            boxes.append(between)
    return boxes


def _body(lines: list[Line]) -> list[int]:
    """Return where the body's lines stand."""
    return [at for at, (_, kept) in enumerate(lines) if kept]


def with_boxes(lines: list[Line], boxes: list[list[Line]], dice: random.Random) -> list[Line]:
    """Return the page with some of the boxes before lines of its body, none before the first."""
    body = _body(lines)[1:]
    result = list(lines)
    if boxes and body:
        for at in sorted(dice.sample(body, min(dice.choice(_BOXES), len(body))), reverse=True):
            result[at:at] = dice.choice(boxes)
    return result


def with_below(lines: list[Line], below: list[Line], dice: random.Random) -> list[Line]:
    """Return the page with `below` after its body, or after a few lines of what follows that."""
    body = _body(lines)
    if not body:
        return lines
    at = body[-1] + 1 + dice.choice(_LOWER)
    return [*lines[:at], ("", 0.0), *below, *lines[at:]]
