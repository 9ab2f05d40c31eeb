"""Composed themes: a site drawn from parts, another one each time, so that a model learns sections and no whole site.

The parts stand in `sites/`, written for this project: `== NAME` starts a kind of section, `--` parts its variants.
Slots are those of themes.py, and `{B}`: the opening of another article, as sites cut it for a teaser; `{P}`: a whole
paragraph of another one; `{C}`: a reader's comment.
"""

import random
from functools import cache
from pathlib import Path

from benchmarks.clean_training.theme import Theme

_SITES = Path(__file__).parent / "sites"
_LANGUAGES = ("en", "fr", "de")
_BLANK = 0.3  # share of sites that put a blank line after every line of a section
_INSIDE = 6  # kinds of boxes that one site has
_TITLE_LAST = 0.25  # share of sites with the byline above the title
Parts = dict[str, tuple[str, ...]]


@cache
def _parts(language: str) -> Parts:
    """Return the variants of every kind of section."""
    found: Parts = {}
    for section in (_SITES / f"{language}.txt").read_text(encoding="utf-8").split("== ")[1:]:
        name, _, text = section.partition("\n")
        found[name] = tuple(variant.strip("\n") for variant in text.split("\n--\n"))
    return found


@cache
def comments() -> list[str]:
    """Return what readers say."""
    return (_SITES / "comments.txt").read_text(encoding="utf-8").splitlines()


def _some(variants: tuple[str, ...], most: int, dice: random.Random) -> list[str]:
    """Return up to `most` different variants in an order of their own."""
    return dice.sample(variants, dice.randint(0, min(most, len(variants))))


def _joined(sections: list[str], dice: random.Random) -> str:
    """Return the sections one after another, with or without blank lines between their lines."""
    gap = dice.choice(("\n", "\n\n"))
    text = gap.join(section for section in sections if section)
    return text.replace("\n", "\n\n").replace("\n\n\n\n", "\n\n") if dice.random() < _BLANK else text


def _known(language: str | None, dice: random.Random) -> str:
    return language if language in _LANGUAGES else dice.choice(_LANGUAGES)


def below(language: str | None, dice: random.Random) -> str:
    """Return what may follow an article and reads like one: comments, other articles, notes about the writer."""
    return dice.choice(_parts(_known(language, dice))["below"])


def composed(language: str | None, dice: random.Random) -> Theme:
    """Return the chrome of a site nobody has seen; for a language without parts of its own in one of the others."""
    parts = _parts(_known(language, dice))
    top = [*_some(parts["head"], 3, dice), dice.choice(parts["menu"]), dice.choice(parts["crumbs"])]
    title = ["{TITLE}", dice.choice(parts["byline"])]
    if dice.random() < _TITLE_LAST:
        title.reverse()
    title.append(dice.choice(parts["picture"]))
    bottom = [*_some(parts["close"], 3, dice), *_some(parts["after"], 5, dice), *_some(parts["foot"], 3, dice)]
    before = f"{_joined(top, dice)}\n\n{_joined(title, dice)}\n\n"
    return Theme(before, tuple(dice.sample(parts["inside"], _INSIDE)), _joined(bottom, dice))
