"""Small stretches of kept lines far from the article are dropped; parts of one article never are."""

import random

import pytest

from benchmarks.clean_training.composed import comments, composed
from services.clean.blocks_to_verdicts import Verdict, without_strays
from services.clean.limits import CleanLimits
from services.clean.page_to_article import page_to_article
from services.clean.text_to_blocks import text_to_sheet
from tests.given import a_page
from tests.unit.clean.test_seeds import AAN_TV, NEWSUNPLUG, seed

SENTENCE = "The border was closed again on Monday, officials said at the end of a long week of talks."
SLOTS = {
    "T": "Chad signs a contract with Hungary",
    "T=": "Gabon votes on a new constitution",
    "B": "The president of Gabon told a crowd in the capital that the vote would be held before the end of the…",
    "S": "The Lantern",
    "N": "Ann Lee",
    "D": "March 3, 2023",
    "d": "2 days ago",
    "W": "Politics",
}


def _kept(*stretches: tuple[int, int]) -> list[bool]:
    """What is left of stretches of (kept sentences, dropped lines after them)."""
    texts = [text for kept, dropped in stretches for text in [SENTENCE] * kept + ["Menu"] * dropped]
    blocks = text_to_sheet("\n".join(texts), CleanLimits()).blocks
    found = without_strays(blocks, [Verdict(item.size > 1, 0.9) for item in blocks])
    return [verdict.kept for verdict, item in zip(found, blocks, strict=True) if item.size > 1]


@pytest.mark.parametrize(
    ("stretches", "left"),
    [
        pytest.param([(10, 12), (1, 0)], [True] * 10 + [False], id="a lone sentence far below"),
        pytest.param([(1, 12), (10, 0)], [False] + [True] * 10, id="far above"),
        pytest.param([(10, 5), (1, 0)], [True] * 11, id="near"),
        pytest.param([(10, 12), (8, 0)], [True] * 18, id="a second part of the article"),
        pytest.param([(2, 12), (1, 0)], [True] * 3, id="both are small"),
        pytest.param([(1, 0)], [True], id="nothing else"),
    ],
)
def test_a_small_stretch_far_from_the_others_is_dropped(stretches, left):
    assert _kept(*stretches) == left


def _filled(text: str) -> str:
    for slot, value in SLOTS.items():
        text = text.replace("{" + slot + "}", value)
    return text.replace("{C}", comments()[0])


@pytest.mark.parametrize("name", [AAN_TV, NEWSUNPLUG])
@pytest.mark.parametrize("drawn", range(12))
def test_the_body_of_a_seed_comes_out_of_any_made_up_site(name, drawn):
    """Twelve sites composed of other heads, menus, related posts, comments and footers: always the same body."""
    article = page_to_article(a_page(seed(name)))
    theme = composed("en", random.Random(drawn))
    before, after = (_filled(text.replace("{TITLE}", article.title)) for text in (theme.before, theme.after))

    moved = page_to_article(a_page(f"{before}\n{article.text}\n\n{after}"))

    assert moved.text == article.text
