"""Sentences around false friends: every one is right, so that a rule for one cannot break another."""

import pytest

from tests.unit.tag.conftest import Tag
from tests.unit.tag.traps import Trap, traps


@pytest.mark.parametrize("trap", [pytest.param(trap, id=f"{trap.kind}: {trap.text[:60]}") for trap in traps("en")])
def test_an_english_trap_names_its_actors_and_no_other(tag: Tag, trap: Trap) -> None:
    found = {mention.actor for mention in tag(trap.text, language="en").mentions}

    assert trap.is_right(found), f"found {sorted(found)}, expected {sorted(trap.actors)}"


@pytest.mark.parametrize("trap", [pytest.param(trap, id=f"{trap.kind}: {trap.text[:60]}") for trap in traps("fr")])
def test_a_french_trap_names_its_actors_and_no_other(tag: Tag, trap: Trap) -> None:
    found = {mention.actor for mention in tag(trap.text, language="fr").mentions}

    assert trap.is_right(found), f"found {sorted(found)}, expected {sorted(trap.actors)}"
