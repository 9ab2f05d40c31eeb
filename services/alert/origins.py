"""Independent origins of a story: copies of one text are one origin, and so are the pages of one voice."""

from typing import NamedTuple

from services.alert.memory import Record
from services.alert.sketch import Sketch
from services.alert.stories import Found

MOST_ORIGINS = 256  # told apart in one story; the numbers in an alert stop there
MOST_VOICES = 256  # of one origin that are remembered


class Joined(NamedTuple):
    """What became of an article in its story."""

    record: Record
    origin: str  # the voice with the earliest event; stands for the origin also across stories
    is_new_text: bool  # not a copy of anything in the story


def join_story(record: Record | None, sketch: Sketch, found: Found | None, *, is_told_on: bool = False) -> Joined:
    """Return a story's record with one more page in it, or, with `is_told_on`, with a page that it has in a new form.

    A page belongs to the origins whose texts it copies and to the origin that has its voice; when these are several,
    they turn out to be one. So it makes no difference whether a text comes before two edited copies of it or after.
    """
    origins = [{"at": 0.0, **origin} for origin in record["origins"]] if record else []  # an older self wrote no time
    texts = frozenset(found.texts if found and found.is_copy else ())
    mine = [one for one in origins if sketch.owner in one["voices"] or not texts.isdisjoint(one["texts"])]
    first: Record = mine[0] if mine else {"voices": [], "texts": [], "at": sketch.event_at.timestamp()}
    if not mine and len(origins) < MOST_ORIGINS:
        origins.append(first)
    for other in mine[1:]:
        first["texts"] = list(dict.fromkeys(first["texts"] + other["texts"]))
        _hear(first, other["voices"], other["at"])
        origins.remove(other)
    _hear(first, [sketch.owner], sketch.event_at.timestamp())
    is_new_text = not texts
    if is_new_text and len(first["texts"]) < MOST_VOICES:
        first["texts"] = [*first["texts"], sketch.page]
    pages = (record["pages"] if record else 0) + (not (is_told_on and record))
    return Joined({"pages": pages, "origins": origins}, first["voices"][0], is_new_text)


def _hear(origin: Record, voices: list[str], at: float) -> None:
    """Add voices to an origin: some, the first of them at this moment; the earliest of all is the first."""
    known = origin["voices"]
    is_earlier = not known or (at, voices[0]) < (origin["at"], known[0])
    together = dict.fromkeys([*voices, *known] if is_earlier else [*known, *voices])
    origin["voices"] = list(together)[:MOST_VOICES]
    origin["at"] = min(at, origin["at"])


def other_names(record: Record) -> dict[str, str]:
    """Return what each voice of a story's origins is called now, but for those that are called by their own name."""
    return {voice: origin["voices"][0] for origin in record["origins"] for voice in origin["voices"][1:]}
