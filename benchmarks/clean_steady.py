"""Whether cleaning is steady on real pages: `python -m benchmarks.clean_steady`.

A cleaned body is cleaned again, and is cleaned out of the chrome of another dev page: the same body should come out.
What counts are words: a lost or gained line is one of the paragraphs that do not come out as they went in.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.clean_pages import page_of
from benchmarks.clean_scorer import print_figures, scorer
from services.clean.limits import CleanLimits
from services.clean.page_to_article import read_page
from services.clean.text_to_blocks import texts_of

_LIMITS = CleanLimits()
Lines = list[tuple[str, bool]]  # a line of a page, and whether it is body


def _lines(text: str) -> Lines:
    """Return the lines of a flat page with what the cleaner decides about each."""
    reading = read_page(page_of(text, "text"), _LIMITS)
    kept = iter([verdict.kept for verdict in reading.verdicts])
    return [(line, any([next(kept, False) for _ in texts_of(line, _LIMITS.line_chars)])) for line in text.split("\n")]


def _body(text: str) -> list[str]:
    reading = read_page(page_of(text, "text"), _LIMITS)
    return [item.text for item, verdict in zip(reading.blocks, reading.verdicts, strict=True) if verdict.kept]


def _span(lines: Lines) -> tuple[int, int]:
    """Return where the body starts and where it ends; it may be empty."""
    places = [at for at, (_, is_kept) in enumerate(lines) if is_kept]
    return (places[0], places[-1] + 1) if places else (0, 0)


def _chrome(lines: Lines) -> tuple[list[str], list[str]]:
    """Return the lines before and after the body, without hidden copies of the body: out of its page one is a body."""
    body = [line.strip() for line, is_kept in lines if is_kept]
    first, last = _span(lines)
    before, after = (
        [line for line, _ in part if 2 * sum(len(text) for text in body if text in line) < max(len(line), 1)]
        for part in (lines[:first], lines[last:])
    )
    return before, after


def _in_chrome_of(own: Lines, other: Lines) -> str:
    """Return the page whose body and what stands inside it are `own`, and whose chrome is of `other`."""
    (start, end), (before, after) = _span(own), _chrome(other)
    return "\n".join([*before, *(line for line, _ in own[start:end]), *after])


def _words(paragraphs: Counter[str]) -> int:
    return sum(len(text.split()) * many for text, many in paragraphs.items())


def _shares(pairs: list[tuple[list[str], list[str]]]) -> tuple[float, float, float]:
    """Return the shares of pages that come out the same, of words lost, and of words gained."""
    before, after = ([Counter(pair[at]) for pair in pairs] for at in (0, 1))
    total = sum(map(_words, before))
    lost = sum(_words(one - two) for one, two in zip(before, after, strict=True))
    gained = sum(_words(two - one) for one, two in zip(before, after, strict=True))
    return sum(one == two for one, two in pairs) / len(pairs), lost / total, gained / total


def measure(shared: Path) -> dict[str, float]:
    """Return the figures of the dev pages under `shared`."""
    judge = scorer(shared)
    rows: list[dict[str, Any]] = [row for row in judge.load_index() if row["split"] == "dev"]
    pages = {row["id"]: _lines(judge.content(row, "text")) for row in rows}
    bodies = {row["id"]: _body(judge.content(row, "text")) for row in rows}
    again = [(bodies[row["id"]], _body("\n\n".join(bodies[row["id"]]))) for row in rows]
    moved = [(bodies[row["id"]], _body(_in_chrome_of(pages[row["id"]], pages[donor]))) for row, donor in _donors(rows)]
    figures = {}
    for name, pairs in (("again", again), ("moved", moved)):
        same, lost, gained = _shares(pairs)
        figures |= {f"{name}_same": same, f"{name}_words_lost": lost, f"{name}_words_gained": gained}
    return figures


def _donors(rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every page with the next one of another domain in the same language."""
    for at, row in enumerate(rows):
        others = rows[at + 1 :] + rows[:at]
        same = [one for one in others if one["domain"] != row["domain"] and one["lang"] == row["lang"]]
        yield row, (same or others)[0]["id"]


if __name__ == "__main__":
    print_figures(measure, __doc__)
