"""Pages to train on: the dev half of the cleaning benchmark, and pages made of its bodies and of themes of our own."""

import gzip
import html
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.clean_training.additions import Line, boxes_of, with_below, with_boxes
from benchmarks.clean_training.composed import below, comments, composed
from benchmarks.clean_training.counted import Counted
from benchmarks.clean_training.labels import labels
from benchmarks.clean_training.theme import Theme
from benchmarks.clean_training.themes import FRENCH_THEMES, THEMES
from benchmarks.clean_training.trainer import Example
from services.clean import json_ld
from services.clean.block import WORD, Block
from services.clean.block_features import matrix
from services.clean.flat_features import flat_columns
from services.clean.html_to_blocks import html_to_sheet
from services.clean.html_to_body import page_columns, parse
from services.clean.limits import CleanLimits
from services.clean.terms import Terms
from services.clean.text_to_blocks import text_to_sheet, texts_of

_LIMITS = CleanLimits()
_NO_TERMS = Terms({}, np.zeros(0, np.intp), np.zeros(0, np.float32))
_BARE = 0.3  # share of pages that are also shown without any chrome
_COMPOSED = 0.6  # share of themed pages whose theme is composed of parts
_SHORT = 0.4  # share of themed pages with no more paragraphs than short news has
_SHORT_BLOCKS = (3, 14)
_TEASER_WORDS = (12, 45)  # of another article's opening
_PARAGRAPH_WORDS = 10  # of another article's paragraphs, at least
_BOXED, _FOLLOWED = 0.6, 0.5  # shares of made-up pages with boxes of real ones inside, and with prose below the body


@dataclass(frozen=True, slots=True)
class DevPage:
    """One page of the benchmark with its blocks and labels; `domain` decides its fold."""

    id: str
    domain: str
    language: str | None
    title: str
    gold: str
    text: str
    blocks: list[Block]
    names: tuple[str, ...]
    example: Example


def example_of(features: np.ndarray, body: list[float], blocks: list[Block]) -> Example:
    """Return an example in which long blocks count more, and long pages not much more than short ones."""
    weights = np.sqrt(np.minimum([item.size for item in blocks], 60)) + 0.5
    weights = weights / np.sqrt(weights.sum()) * 10
    return Example(features.astype(np.float32), np.array(body, np.float32), weights.astype(np.float32))


def dev_pages(shared: Path, kind: str) -> Iterator[DevPage]:
    """Yield the usable dev pages of kind "html" or "text"; those of text know no terms yet (`told`)."""
    folder = shared / "bench" / "clean"
    for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not row.get("ok", True) or row["split"] != "dev":
            continue
        gold = (folder / "gold" / f"{row['id']}.txt").read_text(encoding="utf-8")
        if kind == "html":
            text = gzip.decompress((folder / "html" / f"{row['id']}.html.gz").read_bytes()).decode("utf-8")
            tree = parse(text)
            assert tree is not None, row["id"]
            sheet, origins = html_to_sheet(tree, _LIMITS)
            columns = page_columns(tree, sheet, origins, json_ld.objects(tree))
        else:
            text = (folder / "text" / f"{row['id']}.txt").read_text(encoding="utf-8")
            sheet = text_to_sheet(text, _LIMITS)
            columns = flat_columns(sheet, _NO_TERMS)
        blocks = sheet.blocks
        example = example_of(matrix(columns, list(columns)), labels(blocks, gold), blocks)
        title = row.get("title") or ""
        yield DevPage(row["id"], row["domain"], row.get("lang"), title, gold, text, blocks, tuple(columns), example)


def counted_terms(pages: list[DevPage]) -> Counted:
    """Return the terms of the pages."""
    return Counted((page.domain, page.blocks, page.example.labels.tolist()) for page in pages)


def told(page: DevPage, terms: Terms) -> DevPage:
    """Return a flat page whose features know what the terms are worth."""
    columns = flat_columns(text_to_sheet(page.text, _LIMITS), terms)
    features = matrix(columns, list(columns)).astype(np.float32)
    return replace(page, names=tuple(columns), example=replace(page.example, features=features))


def lines_of(page: DevPage) -> list[Line]:
    """Return the raw lines of a flat page with the labels of their blocks."""
    left = iter(page.example.labels.tolist())
    found = []
    for line in page.text.split("\n"):
        blocks = texts_of(line, _LIMITS.line_chars)
        found.append((line, max([next(left, 0.0) for _ in blocks], default=0.0)))
    return found


def _filled(text: str, values: dict[str, list[str]], title: str, dice: random.Random) -> list[Line]:
    """Return the lines of a theme's text with every slot filled; {T=} repeats the headline before it."""
    lines: list[Line] = []
    last = title
    for line in text.replace("{TITLE}", title).split("\n"):
        filled = line
        while "{" in filled:
            slot = filled[filled.index("{") + 1 : filled.index("}")]
            again = slot == "T=" and dice.random() < 0.5
            value = last if again else dice.choice(values[slot.rstrip("=")])
            last = value if slot.startswith("T") else last
            filled = filled.replace("{" + slot + "}", value, 1)
        lines.append((filled, 0.0))
    return lines


def themed(page: DevPage, theme: Theme, values: dict[str, list[str]], dice: random.Random) -> list[Line]:
    """Return a made-up page: the theme's chrome around the page's body, boxes between some of its paragraphs."""
    body = [block.text for block, kept in zip(page.blocks, page.example.labels, strict=True) if kept]
    if dice.random() < _SHORT:
        body = body[: dice.randint(*_SHORT_BLOCKS)]
    title = page.title or dice.choice(values["T"])
    lines = _filled(theme.before, values, title, dice)
    boxes = set(dice.sample(range(1, len(body)), min(dice.choice((0, 1, 1, 2, 3)), len(body) - 1))) if body else set()
    for at, paragraph in enumerate(body):
        if at in boxes:
            lines += [*_filled(dice.choice(theme.inside), values, title, dice), ("", 0.0)]
        lines += [(paragraph, 1.0), ("", 0.0)]
    return lines + _filled(theme.after, values, title, dice)


def transplanted(page: DevPage, donor: DevPage) -> list[Line]:
    """Return the body of `page`, with what stands inside it, in the chrome of `donor`."""
    own, other = lines_of(page), lines_of(donor)
    inner = [at for at, (_, kept) in enumerate(own) if kept]
    outer = [at for at, (_, kept) in enumerate(other) if kept]
    if not inner or not outer:
        return []
    return other[: outer[0]] + own[inner[0] : inner[-1] + 1] + other[outer[-1] + 1 :]


def flat_example(lines: list[Line], terms: Terms) -> Example | None:
    """Return the example of a made-up page, or None when its lines do not map to blocks one to one."""
    sheet = text_to_sheet("\n".join(text for text, _ in lines), _LIMITS)
    blocks = sheet.blocks
    body = [kept for text, kept in lines for _ in texts_of(text, _LIMITS.line_chars)]
    if not blocks or len(body) != len(blocks):
        return None
    columns = flat_columns(sheet, terms)
    return example_of(matrix(columns, list(columns)), body, blocks)


def bare(page: DevPage, dice: random.Random) -> list[Line]:
    """Return the page's body and nothing else, sometimes only its first paragraphs, sometimes under its title."""
    body = [block.text for block, kept in zip(page.blocks, page.example.labels, strict=True) if kept]
    if dice.random() < 0.6:
        body = body[: dice.randint(1, 6)]
    title = [(page.title, 0.0), ("", 0.0)] if page.title and dice.random() < 0.5 else []
    return title + [line for text in body for line in ((text, 1.0), ("", 0.0))]


def bare_html(page: DevPage, dice: random.Random) -> Example | None:
    """Return the body as a page of plain paragraphs, with at most a menu, a heading and a footer around it."""
    lines = [text for text, kept in bare(page, dice) if kept]
    menu = (
        "<nav><ul><li><a href=/>Home</a></li><li><a href=/news>News</a></li></ul></nav>" if dice.random() < 0.5 else ""
    )
    foot = "<footer><p>© 2024 A site. All rights reserved.</p></footer>" if dice.random() < 0.5 else ""
    inner = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    tree = parse(f"<html><body>{menu}<article><h1>{html.escape(page.title)}</h1>{inner}</article>{foot}</body></html>")
    assert tree is not None
    sheet, origins = html_to_sheet(tree, _LIMITS)
    blocks = sheet.blocks
    keys = {" ".join(WORD.findall(line.lower())) for line in lines}
    body = [float(item.key in keys) for item in blocks]
    if not blocks:
        return None
    columns = page_columns(tree, sheet, origins, [])
    return example_of(matrix(columns, list(columns)), body, blocks)


_NAMES = ["Amina Diallo", "John Okoro", "Marie Dupont", "Peter Novak", "S. Mwangi", "newsdesk", "Fatou Sarr", "Admin"]
_SITES = ["The Daily Lantern", "Horizon Post", "Lac Info", "Delta Voice", "Savanna Times", "La Tribune du Fleuve"]
_DATES = ["March 3, 2023", "12 July 2024", "Tuesday, June 4, 2024", "2023-11-08", "3 mars 2024", "October 21, 2022"]
_AGO = ["1 year ago", "2 days ago", "5 hours ago", "il y a 3 jours", "3 weeks ago"]
_WORDS = ["Economy", "Elections", "Security", "Junta", "Trade", "Moscow", "Health", "Politique", "Afrique", "Budget"]


def _opening(page: DevPage) -> str:
    """Return the first paragraph of a page's body, or "" when it has none."""
    paragraphs = (item.text for item, kept in zip(page.blocks, page.example.labels, strict=True) if kept and item.ends)
    return next((text for text in paragraphs if len(text.split()) >= _TEASER_WORDS[0]), "")


def _cut(text: str, dice: random.Random) -> str:
    """Return the opening as a teaser shows it: cut after some words with dots, or at the end of its first sentence."""
    words = text.split()
    if dice.random() < 0.3:
        first = re.split(r"(?<=[.!?]) ", text)[0]
        return first if len(first.split()) >= _TEASER_WORDS[0] else text
    most = dice.randint(*_TEASER_WORDS)
    return " ".join(words[:most]) + dice.choice(("...", "…", " […]", " [...]", ""))


def _paragraphs(page: DevPage) -> list[str]:
    """Return the longer paragraphs of a page's body."""
    found = (item.text for item, kept in zip(page.blocks, page.example.labels, strict=True) if kept)
    return [text for text in found if len(text.split()) >= _PARAGRAPH_WORDS and "{" not in text]


class _Others:
    """What made-up pages take from other pages than their own: never from the same domain, of the same language."""

    def __init__(self, pages: list[DevPage]) -> None:
        self.pages = pages
        self.titles = [page.title for page in pages if page.title] or ["A headline of no page"]
        self.openings = [(page.domain, opening) for page in pages if (opening := _opening(page))]
        self.paragraphs = {page.id: _paragraphs(page) for page in pages}
        self.boxes = {page.id: boxes_of(lines_of(page)) for page in pages}

    def than(self, page: DevPage) -> list[DevPage]:
        """Return the pages that `page` may take from: of its language, or when there are none of all."""
        same = [other for other in self.pages if other.language == page.language and other.domain != page.domain]
        return same or [other for other in self.pages if other.domain != page.domain] or self.pages

    def values(self, page: DevPage, dice: random.Random) -> dict[str, list[str]]:
        """Return what the slots of a theme around `page` may be filled with."""
        cut = [_cut(opening, dice) for domain, opening in self.openings if domain != page.domain]
        whole = [text for other in self.than(page) for text in self.paragraphs[other.id]]
        return {"T": self.titles, "N": _NAMES, "S": _SITES, "D": _DATES, "d": _AGO, "W": _WORDS, "C": comments(),
                "B": cut, "P": whole or comments()}  # fmt: skip

    def added(self, lines: list[Line], page: DevPage, values: dict[str, list[str]], dice: random.Random) -> list[Line]:
        """Return a made-up page of the body of `page`, mostly with boxes inside and prose below it."""
        if dice.random() < _BOXED:
            lines = with_boxes(lines, [box for other in self.than(page) for box in self.boxes[other.id]], dice)
        if dice.random() < _FOLLOWED:
            prose = _filled(below(page.language, dice), values, page.title or self.titles[0], dice)
            lines = with_below(lines, prose, dice)
        return lines


def made_pages(pages: list[DevPage], counted: Counted, seed: int) -> list[Example]:
    """Return made-up flat pages: every page's body once in a theme and once in another page's chrome.

    Each knows the terms by all domains but those of its body and of that chrome.
    """
    dice = random.Random(seed)
    others = _Others(pages)
    found = []
    for page in pages:
        values = others.values(page, dice)
        themes = FRENCH_THEMES if page.language == "fr" else THEMES
        theme = composed(page.language, dice) if dice.random() < _COMPOSED else dice.choice(themes)
        donor = dice.choice(others.than(page))
        terms = counted.terms({page.domain, donor.domain})
        moved = transplanted(page, donor)
        for lines in (themed(page, theme, values, dice), moved):
            found.append(flat_example(others.added(lines, page, values, dice), terms))
        if dice.random() < _BARE:
            found.append(flat_example(bare(page, dice), terms))
    return [example for example in found if example is not None]


def made_html_pages(pages: list[DevPage], seed: int) -> list[Example]:
    """Return bare HTML pages of some bodies."""
    dice = random.Random(seed)
    found = [bare_html(page, dice) for page in pages if dice.random() < _BARE]
    return [example for example in found if example is not None]
