"""Independent origins of a story: copies of one text are one origin, and so are the pages of one voice."""

from typing import NamedTuple

from services.alert.memory import Record
from services.alert.sketch import Sketch
from services.alert.stories import Found
from services.alert.windows import Sightings

MOST_ORIGINS = 256  # told apart in one story; the numbers in an alert stop there
MOST_VOICES = 256  # of one origin that are remembered


class Joined(NamedTuple):
    """What became of an article in its story."""

    record: Record
    origin: str  # the voice that first told it; stands for the origin also across stories
    is_new_text: bool  # not a copy of anything in the story


def join_story(record: Record | None, sketch: Sketch, found: Found | None, *, is_told_on: bool = False) -> Joined:
    """Return a story's record with one more page in it, or, with `is_told_on`, with a page that it has in a new form.

    A page belongs to the origins whose texts it copies and to the origin that has its voice; when these are several,
    they turn out to be one. So it makes no difference whether a text comes before two edited copies of it or after.
    """
    origins = [dict(origin) for origin in record["origins"]] if record else []
    texts = frozenset(found.texts if found and found.is_copy else ())
    mine = [one for one in origins if sketch.owner in one["voices"] or not texts.isdisjoint(one["texts"])]
    if mine:
        first = mine[0]
        for other in mine[1:]:
            first["voices"] = list(dict.fromkeys(first["voices"] + other["voices"]))
            first["texts"] = list(dict.fromkeys(first["texts"] + other["texts"]))
            origins.remove(other)
    else:
        first = {"voices": [], "texts": []}
        if len(origins) < MOST_ORIGINS:
            origins.append(first)
    if sketch.owner not in first["voices"] and len(first["voices"]) < MOST_VOICES:
        first["voices"] = [*first["voices"], sketch.owner]
    is_new_text = not texts
    if is_new_text and len(first["texts"]) < MOST_VOICES:
        first["texts"] = [*first["texts"], sketch.page]
    pages = (record["pages"] if record else 0) + (not (is_told_on and record))
    return Joined({"pages": pages, "origins": origins}, first["voices"][0], is_new_text)


def as_known_now(
    sightings: Sightings, told_in: dict[str, list[str]], story: str, record: Record
) -> tuple[Sightings, dict[str, list[str]]]:
    """Return a window's sightings, and in which stories each origin was seen, with the origins that a story has now.

    Origins of the story that have turned out to be one are one. A voice that was seen in other stories too is left: it
    speaks for itself there.
    """
    first = {voice: origin["voices"][0] for origin in record["origins"] for voice in origin["voices"]}
    names = {one: first.get(one, one) for one, stories in told_in.items() if stories == [story]}
    if all(one == name for one, name in names.items()):
        return sightings, told_in
    stories: dict[str, list[str]] = {}
    for one, told in told_in.items():
        kept = stories.setdefault(names.get(one, one), [])
        kept += [other for other in told if other not in kept]
    return sorted({(at, names.get(one, one)) for at, one in sightings}), stories
