"""What becomes of candidates: one alert for one story, windows, cooldown, and a reason for every silence."""

from datetime import datetime

import pytest

from schemas import TaggedArticle
from services.alert.candidate import Outcome
from services.alert.ledger import State
from services.alert.memory import Memory, Record
from services.alert.rulebook import Rulebook
from services.alert.stories import StoryIndex
from services.alert.tagged_article_to_alerts import candidate_of, decide
from tests.unit.alert.a_burst import REWRITE, THIRD, WIRE
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article, after

OTHER = (
    "Mali and Russia opened a gold refinery in Bamako, with 900 workers hired from the district of Kayes.\n\n"
    "The minister of mines, Amadou Keita, promised that the army would guard it day and night with its own troops."
)


class Desk:
    """Decides articles one by one, as a live worker would, over records in a dict."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.store: dict[str, Record | None] = {}
        self.stories = StoryIndex()

    def read(self, tagged: TaggedArticle, now: datetime = NOON) -> list[Outcome]:
        candidate = candidate_of(tagged, self.rulebook)
        if candidate is None:
            return []
        memory = Memory(self.store)
        decision = decide([candidate], memory, self.stories, now)
        memory.settle(self.store)
        for leader in decision.leaders:
            self.stories.add(leader)
        return list(decision.outcomes[0])

    def state(self, tagged: TaggedArticle, now: datetime = NOON) -> State:
        (outcome,) = self.read(tagged, now)
        return outcome.state


def test_forty_copies_of_one_wire_are_one_alert_and_one_origin() -> None:
    desk = Desk(a_rulebook(a_rule("Niger and Russia and military")))
    states = [
        desk.state(a_tagged_article(f"{WIRE}\n\nPaper {n}.", source=f"paper-{n}"), after(minutes=n)) for n in range(40)
    ]

    assert states == [State.RANG] + [State.DUPLICATE] * 39
    (story,) = [record for key, record in desk.store.items() if key.startswith("story:") and record]
    assert (story["pages"], len(story["origins"])) == (40, 1)


def test_an_edited_page_tells_its_story_on_however_much_was_written_anew() -> None:
    """The same alert, the same page, no new story; and who copies the new text copies this page."""
    desk = Desk(a_rulebook(a_rule("Russia and military")))
    page = {"url": "https://a.example/live"}

    assert desk.state(a_tagged_article(WIRE, **page)) is State.RANG
    assert desk.state(a_tagged_article(OTHER, **page, revision=2), after(hours=2)) is State.DUPLICATE
    assert desk.state(a_tagged_article(OTHER, url="https://b.example/1", source="b"), after(hours=3)) is State.DUPLICATE
    (story,) = [record for key, record in desk.store.items() if key.startswith("story:") and record]
    assert (story["pages"], len(story["origins"])) == (2, 1)


def test_an_edit_that_overtakes_its_page_is_of_one_story_with_it() -> None:
    desk = Desk(a_rulebook(a_rule("Russia and military")))
    page = {"url": "https://a.example/live"}

    assert desk.state(a_tagged_article(OTHER, **page, revision=2)) is State.RANG
    assert desk.state(a_tagged_article(WIRE, **page, revision=1)) is State.DUPLICATE


def test_two_pages_of_one_address_that_are_no_revisions_are_two_stories() -> None:
    """A template that gives one canonical address to all pages must not silence a site."""
    desk = Desk(a_rulebook(a_rule("Russia and military")))
    page = {"url": "https://a.example/"}

    assert desk.state(a_tagged_article(WIRE, **page)) is State.RANG
    assert desk.state(a_tagged_article(OTHER, **page)) is State.RANG


def test_another_story_of_the_same_rule_rings_again() -> None:
    desk = Desk(a_rulebook(a_rule("Russia and military")))

    assert desk.state(a_tagged_article(WIRE)) is State.RANG
    assert desk.state(a_tagged_article(OTHER)) is State.RANG


def test_cooldown_holds_back_another_story_about_the_same_actors() -> None:
    desk = Desk(a_rulebook(a_rule("Russia and military", cooldown="12h")))
    again = "Russia denied on Friday that its military had flown 17 prisoners to Rostov under cover of darkness."

    assert desk.state(a_tagged_article(WIRE)) is State.RANG
    assert desk.state(a_tagged_article(again, at=after(hours=1)), after(hours=1)) is State.SUPPRESSED_BY_COOLDOWN
    assert desk.state(a_tagged_article(again, at=after(hours=13)), after(hours=13)) is State.RANG


def test_a_window_rings_when_three_independent_origins_have_spoken() -> None:
    desk = Desk(a_rulebook(a_rule("Russia and military", over="{origins: 3, window: 6h}")))
    third = "Moscow says it lost contact with a military transport plane carrying 61 people over the Urals."

    assert desk.state(a_tagged_article(WIRE, source="a")) is State.BELOW_THRESHOLD
    assert desk.state(a_tagged_article(WIRE, source="b", at=after(hours=1))) is State.BELOW_THRESHOLD
    assert desk.state(a_tagged_article(OTHER, source="c", at=after(hours=2))) is State.BELOW_THRESHOLD
    assert desk.state(a_tagged_article(third, source="d", at=after(hours=5))) is State.RANG


@pytest.mark.parametrize("per", ["", ", per: story"])
def test_two_origins_that_turn_out_to_be_one_are_one_in_a_window(per: str) -> None:
    """The second paper's own text counted as a second origin until it published the wire as well."""
    desk = Desk(a_rulebook(a_rule("Niger and Russia and military", over=f"{{origins: 3, window: 6h{per}}}")))
    told = ((WIRE, "a"), (REWRITE, "b"), (WIRE, "b"), (THIRD, "c"), (THIRD.replace("Tiani", "Sources: Tiani"), "d"))

    found = [
        outcome
        for hour, (text, source) in enumerate(told)
        for outcome in desk.read(a_tagged_article(text, source=source, at=after(hours=hour)))
    ]

    assert len({outcome.story for outcome in found}) == 1
    assert [outcome.state for outcome in found] == [State.BELOW_THRESHOLD] * 5
    (wire_again,) = desk.read(
        a_tagged_article("Niger, Russia and the military: one more report.", source="e", at=after(hours=5))
    )
    assert wire_again.state == (State.BELOW_THRESHOLD if per else State.RANG)


def test_a_window_does_not_reach_further_than_its_length() -> None:
    desk = Desk(a_rulebook(a_rule("Russia and military", over="{origins: 2, window: 6h}")))

    assert desk.state(a_tagged_article(WIRE, source="a")) is State.BELOW_THRESHOLD
    assert desk.state(a_tagged_article(OTHER, source="c", at=after(hours=6))) is State.BELOW_THRESHOLD


def test_old_and_undated_articles_are_stale_where_a_rule_wants_young_ones() -> None:
    desk = Desk(a_rulebook(a_rule("Niger", where="{max_age: 30d}")))

    assert desk.state(a_tagged_article("Niger spoke.", published="2025-12-01")) is State.STALE
    assert desk.state(a_tagged_article("Niger spoke.")) is State.STALE
    assert desk.state(a_tagged_article("Niger spoke.", published="2026-03-01")) is State.RANG


def test_quiet_hours_follow_the_clock_of_their_zone() -> None:
    """Niamey is an hour ahead of UTC: 21:30 UTC is 22:30 there."""
    desk = Desk(a_rulebook(a_rule("Niger", quiet="{hours: 22:00-06:00, zone: Africa/Niamey}")))

    assert desk.state(a_tagged_article("Niger spoke."), after(hours=9.5)) is State.MUTED
    assert desk.state(a_tagged_article("Niger spoke."), after(hours=17.5)) is State.RANG


def test_a_shadow_rule_sends_nothing_and_says_what_it_would_have_done() -> None:
    desk = Desk(a_rulebook(a_rule("Niger", shadow="true")))
    (outcome,) = desk.read(a_tagged_article("Niger spoke."))

    assert (outcome.state, outcome.event) == (State.SHADOW, None)


def test_the_canary_rule_sees_canaries_only_and_canaries_see_nothing_else() -> None:
    desk = Desk(a_rulebook(a_rule("Niger"), a_rule("Niger", id="canary")))

    assert [(one.rule, one.state) for one in desk.read(a_tagged_article("Niger.", canary=True))] == [
        ("canary", State.CANARY)
    ]
    assert [(one.rule, one.state) for one in desk.read(a_tagged_article("Niger."))] == [("r", State.RANG)]


def test_each_canary_is_an_alert_and_a_story_of_its_own() -> None:
    """Copies of one another, word for word: each must come out, or a silence would go unnoticed."""
    desk = Desk(a_rulebook(a_rule("Niger", id="canary")))
    (one,), (other,) = (desk.read(a_tagged_article("Niger.", canary=True, id=f"pg_{n}")) for n in range(2))

    assert one.event is not None and other.event is not None
    assert (one.event.data.id, one.event.subject) == (one.alert, one.story)
    assert one.event.data.because == "Niger" and one.event.data.rule.id == "canary"
    assert (one.alert, one.story) != (other.alert, other.story) and other.story is not None
    assert not desk.store, "a canary leaves no trace in what is remembered of stories"


def test_a_page_that_was_revised_once_tells_its_story_on_for_good() -> None:
    """Also in a version without a number of its own that arrives after its edit."""
    desk, page = Desk(a_rulebook(a_rule("Russia and military"))), {"url": "https://a.example/live"}
    third = "Moscow says it lost contact with a military transport plane carrying 61 people over the Urals."
    desk.read(a_tagged_article(OTHER, **page, revision=2))
    desk.read(a_tagged_article(WIRE, **page, revision=1))

    assert desk.state(a_tagged_article(third, **page, revision=1)) is State.DUPLICATE
