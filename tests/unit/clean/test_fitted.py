"""Thresholds follow how sure the network is of a page: they sink where it doubts the body, and rise on a plain page."""

import numpy as np
import pytest

from services.clean.blocks_to_verdicts import fitted, verdicts
from services.clean.limits import CleanLimits
from services.clean.text_to_blocks import text_to_sheet

THRESHOLDS = (0.5, 0.65, 0.8)
BODY = [
    f"On day {number} the ministers of both countries met at the border, spoke for {number} hours about the road that "
    f"has been closed for so long, and agreed on nothing."
    for number in range(9)
]
MENU = ["Home", "News", "Sport", "Sign in"]


def _blocks(*texts):
    return text_to_sheet("\n\n".join(texts), CleanLimits()).blocks


def _likely(body: float, menu: float) -> np.ndarray:
    return np.array([menu] * len(MENU) + [body] * len(BODY), np.float32)


def test_a_body_that_the_network_doubts_is_kept_when_all_else_is_less_likely():
    blocks, likely = _blocks(*MENU, " ".join(BODY[:2]), *BODY), _likely(0.3, 0.01)
    likely = np.insert(likely, len(MENU), 0.9)

    found = verdicts(blocks, likely, fitted(blocks, likely, THRESHOLDS))

    assert [verdict.kept for verdict in found] == [False] * len(MENU) + [True] * (len(BODY) + 1)
    assert sum(verdict.kept for verdict in verdicts(blocks, likely, THRESHOLDS)) == 1


@pytest.mark.parametrize(
    ("body", "moved"),
    [
        pytest.param(0.99, 0.1, id="sure"),
        pytest.param(0.45, -0.05, id="in doubt"),
        pytest.param(0.05, -0.3, id="nothing is body"),
    ],
)
def test_all_thresholds_move_alike_and_only_so_far(body, moved):
    blocks = _blocks(*MENU, *BODY)

    assert fitted(blocks, _likely(body, 0.01), THRESHOLDS) == pytest.approx([least + moved for least in THRESHOLDS])


def test_doubtful_blocks_of_a_sure_page_do_not_lower_its_thresholds():
    blocks = _blocks(*MENU, *BODY)
    likely = _likely(0.95, 0.01)
    likely[-2:] = 0.3

    assert min(fitted(blocks, likely, THRESHOLDS)) > 0.5


def test_the_least_likely_paragraph_of_a_page_that_is_all_article_is_kept():
    """The thresholds of a sure page rise, but not over what it is surest to be kept whole with."""
    blocks = _blocks(*BODY)
    likely = np.full(len(BODY), 0.95, np.float32)
    likely[0] = 0.55

    found = verdicts(blocks, likely, fitted(blocks, likely, THRESHOLDS))

    assert all(verdict.kept for verdict in found)


def test_a_short_line_of_a_page_that_is_all_article_has_to_be_as_likely_as_on_any_sure_page():
    blocks = _blocks("Share this now", *BODY)
    likely = np.full(len(blocks), 0.95, np.float32)
    likely[0] = 0.85

    found = verdicts(blocks, likely, fitted(blocks, likely, THRESHOLDS))

    assert [verdict.kept for verdict in found] == [False] + [True] * len(BODY)
