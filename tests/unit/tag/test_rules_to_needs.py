"""What rules need, as far as the tag stage must know it: never stricter than the rule itself."""

import pytest

from services.tag.adapters.watch_folder import read_rule_texts
from services.tag.catalogue import Catalogue
from services.tag.rules_to_needs import can_ring, rules_to_needs


@pytest.mark.parametrize(
    ("when", "present", "can"),
    [
        pytest.param("Niger and Russia and military", {"NER", "RUS", "military"}, True, id="all of three"),
        pytest.param("Niger and Russia and military", {"NER", "RUS"}, False, id="one is missing"),
        pytest.param("Niger and (France or Russia)", {"NER", "RUS"}, True, id="or in brackets"),
        pytest.param("Niger or Mali", {"MLI"}, True, id="or"),
        pytest.param("Niger and not Russia", {"NER"}, True, id="a not asks for nothing"),
        pytest.param('Niger and "oil pipeline"', {"NER"}, True, id="a phrase asks for nothing"),
        pytest.param("any of (jnim, isgs) and any of sahel", {"jnim", "BFA"}, True, id="a choice and a group"),
        pytest.param("2 of (Niger, Mali, Chad)", {"MLI"}, True, id="N of asks for one at least"),
        pytest.param("(Niger and France) within paragraph and military", {"NER", "military"}, False, id="within"),
        pytest.param('any of (vdp, "civilian volunteers") and Mali', {"MLI"}, True, id="a phrase among choices"),
        pytest.param("Chad and (rsf or (Sudan and any of (military, migration)))", {"TCD", "SDN"}, True, id="nested"),
    ],
)
def test_an_article_can_ring_when_it_has_what_the_rule_names(
    catalogue: Catalogue, when: str, present: set[str], can: bool
) -> None:
    needs = rules_to_needs([f"rules:\n  - id: one\n    when: '{when}'\n"], catalogue)

    assert can_ring(frozenset(present), needs) is can


def test_points_and_broken_files_are_read_too(catalogue: Catalogue) -> None:
    points = "rules:\n  - id: one\n    weights: {threshold: 3, points: {Mali: 2, football: -5}}\n"

    needs = rules_to_needs([points, "rules: [", "rules: {a: 1}", "- 1", ""], catalogue)

    assert can_ring(frozenset({"MLI"}), needs)
    assert not can_ring(frozenset({"NER"}), needs)


def test_every_shipped_rule_that_names_an_actor_is_read(catalogue: Catalogue) -> None:
    needs = rules_to_needs(read_rule_texts(None), catalogue)

    assert len(needs) >= 25
    assert can_ring(frozenset({"NER", "RUS", "military"}), needs)
    assert not can_ring(frozenset({"GBR", "USA"}), needs)
