"""An edited page takes its alert back: once, with the quotes then and now, and only when nothing else says so."""

from datetime import datetime

import pytest

from schemas import Alert, TaggedArticle
from services.alert.candidate import Outcome
from services.alert.ledger import State
from services.alert.tagged_article_to_alerts import edit_of
from services.desk.simulation import Simulation
from tests.unit.alert.given_alerts import a_rule, a_rulebook, a_tagged_article, after
from tests.unit.desk.story_pairs import SAME

RULES = a_rulebook(a_rule("Niger and Russia and military", id="ties"), a_rule("Niger and coup", id="coup"))
SAID = "Niger and Russia signed a military pact in Niamey on Monday. The 36 armoured cars came by sea, said Zeine."
DENIED = "Niger and France signed a trade pact in Niamey on Monday. The 36 armoured cars came by sea, said Zeine."


def a_page(text: str, hour: float = 0, **article: object) -> TaggedArticle:
    given = {"url": "https://a.example/pact", "source": "a", "at": after(hours=hour)} | article
    return a_tagged_article(text, **given)


def states(simulation: Simulation, *pages: TaggedArticle) -> list[list[State]]:
    return [[one.state for one in simulation.read(page, _when(page))] for page in pages]


def _when(page: TaggedArticle) -> datetime:
    return page.article.fetched_at


def test_an_edit_that_takes_the_words_back_retracts_the_alert_once() -> None:
    simulation = Simulation(RULES)

    assert states(simulation, a_page(SAID), a_page(DENIED, 1), a_page(DENIED + " Again.", 2)) == [
        [State.RANG],
        [State.RETRACTED],
        [],
    ]


def test_a_retraction_tells_what_was_quoted_and_what_stands_there_now() -> None:
    simulation, before, edited = Simulation(RULES), a_page(SAID), a_page(DENIED, 1)
    (rang,), (retracted,) = simulation.read(before, _when(before)), simulation.read(edited, _when(edited))
    assert rang.event is not None and retracted.event is not None
    old, new = rang.event.data, retracted.event.data

    assert (retracted.event.type, retracted.event.id) == ("tocsin.alert.retracted", f"{old.id}-r2")
    assert (new.state, new.id, new.story.id, new.rule) == ("retracted", old.id, old.story.id, old.rule)
    assert new.evidence == old.evidence
    assert new.retraction is not None
    assert new.retraction.page == old.page and new.page.sha256 == edited.article.page_sha256
    assert new.retraction.now == ("Niger and France signed a trade pact in Niamey on Monday.",)
    assert new.retraction.missing == ("Russia", "military")
    assert new.because.endswith("no longer satisfies: Niger and Russia and military; gone: Russia, military")
    assert Alert.from_json(new.to_json()) == new


def test_an_alert_stands_while_another_page_of_its_story_satisfies_the_rule() -> None:
    simulation = Simulation(RULES)
    copy = a_page(SAID, 0.5, url="https://b.example/1", source="b")
    denied_copy = a_page(DENIED, 2, url="https://b.example/1", source="b")

    assert states(simulation, a_page(SAID), copy, a_page(DENIED, 1), denied_copy) == [
        [State.RANG],
        [State.DUPLICATE],
        [State.WITHDRAWN],
        [State.RETRACTED],
    ]


def test_a_page_that_says_it_again_gives_the_alert_a_new_revision() -> None:
    simulation = Simulation(RULES)
    pages = [a_page(text, hour) for hour, text in enumerate((SAID, DENIED, SAID + " Confirmed.", DENIED))]
    events = [one.event for page in pages for one in simulation.read(page, _when(page))]

    assert [(event.data.revision, event.data.state) for event in events if event] == [
        (1, "opened"),
        (2, "retracted"),
        (3, "updated"),
        (4, "retracted"),
    ]
    assert len({event.data.id for event in events if event}) == 1


def test_an_edit_that_still_satisfies_the_rule_says_nothing_new() -> None:
    assert states(Simulation(RULES), a_page(SAID), a_page(SAID + " A sentence more.", 1))[1] == [State.DUPLICATE]


def test_a_rule_that_still_holds_is_not_retracted_with_one_that_does_not() -> None:
    both = SAID + " A coup failed in Niger."

    found = states(Simulation(RULES), a_page(both), a_page(DENIED + " A coup failed in Niger.", 1))
    assert found == [[State.RANG, State.RANG], [State.DUPLICATE, State.RETRACTED]]


def test_a_page_that_rang_two_rules_takes_back_the_one_that_it_no_longer_satisfies() -> None:
    both = SAID + " A coup failed in Niger."

    found = states(Simulation(RULES), a_page(both), a_page(SAID + " It was quiet.", 1))
    assert found == [[State.RANG, State.RANG], [State.DUPLICATE, State.RETRACTED]]


def test_a_rule_that_was_taken_away_since_retracts_nothing() -> None:
    simulation = Simulation(RULES)
    states(simulation, a_page(SAID))
    simulation.rulebook = a_rulebook(a_rule("Niger and coup", id="coup"))

    assert states(simulation, a_page(DENIED, 1)) == [[]]


def test_an_older_page_that_comes_late_retracts_nothing() -> None:
    assert states(Simulation(RULES), a_page(SAID, 1), a_page(DENIED, 0)) == [[State.RANG], []]


def test_a_page_without_an_address_is_nobodys_edit() -> None:
    assert states(Simulation(RULES), a_page(SAID, url=None), a_page(DENIED, 1, url=None)) == [[State.RANG], []]


def test_a_rule_that_was_changed_since_retracts_nothing() -> None:
    """What another version of the rule would have said of the page is not known any more."""
    simulation = Simulation(RULES)
    states(simulation, a_page(SAID))
    simulation.rulebook = a_rulebook(a_rule("Niger and Russia and military and Mali", id="ties"))

    assert states(simulation, a_page(DENIED, 1)) == [[]]


def test_a_rule_on_trial_sends_no_retraction() -> None:
    simulation = Simulation(a_rulebook(a_rule("Niger and Russia", id="trial", shadow="true")))
    states(simulation, a_page(SAID))
    edited = a_page(DENIED, 1)
    (outcome,) = simulation.read(edited, _when(edited))

    assert (outcome.state, outcome.event) == (State.RETRACTED, None)


def test_what_rang_long_ago_is_not_retracted() -> None:
    assert states(Simulation(RULES), a_page(SAID), a_page(DENIED, 8 * 24)) == [[State.RANG], []]


def test_a_restart_between_a_page_and_its_edit_changes_nothing() -> None:
    simulation = Simulation(RULES)
    states(simulation, a_page(SAID))

    assert states(simulation.restarted(), a_page(DENIED, 1)) == [[State.RETRACTED]]


def retracted(simulation: Simulation, edited: TaggedArticle) -> Outcome:
    """The outcome of an edit that takes one alert back."""
    (outcome,) = simulation.read(edited, _when(edited))
    assert outcome.state is State.RETRACTED
    return outcome


def told(outcome: Outcome) -> Alert:
    assert outcome.event is not None and outcome.event.data.retraction is not None
    return outcome.event.data


def test_an_edit_is_told_of_the_rule_the_alert_and_the_story_that_it_concerns() -> None:
    """Also when the alert stands, so that the ledger and the log speak of one thing."""
    simulation, copy = Simulation(RULES), {"url": "https://b.example/1", "source": "b"}
    (rang,) = simulation.read(a_page(SAID), after(hours=0))
    simulation.read(a_page(SAID, 0.5, **copy), after(hours=0.5))
    (withdrawn,) = simulation.read(a_page(DENIED, 1), after(hours=1))
    taken_back = retracted(simulation, a_page(DENIED, 2, **copy))

    assert {(one.rule, one.alert, one.story) for one in (rang, withdrawn, taken_back)} == {
        ("ties", rang.alert, rang.story)
    }
    assert withdrawn.event is None


def test_a_retraction_says_how_many_pages_and_origins_tell_the_story() -> None:
    simulation = Simulation(a_rulebook(a_rule("Niger and Russia", id="ties")))
    pages = [
        {"text": text, "url": f"https://{name}.example/1", "source": name, "topics": {}}
        for name, text in zip("ab", SAME["Zeine in Moscow"], strict=True)
    ]
    for hour, page in enumerate(pages):
        simulation.read(a_page(**page, hour=hour), after(hours=hour))
    simulation.read(a_page(**pages[0] | {"text": DENIED}, hour=2), after(hours=2))
    taken_back = told(retracted(simulation, a_page(**pages[1] | {"text": DENIED}, hour=3)))

    assert (taken_back.story.pages, taken_back.story.origins) == (2, 2)


def test_a_retraction_outlives_what_is_known_of_its_story() -> None:
    """A story is over after six days; who edits on the seventh still takes the alert back."""
    simulation = Simulation(RULES)
    states(simulation, a_page(SAID))

    assert told(retracted(simulation, a_page(DENIED, 6.5 * 24))).story.pages == 1


def test_a_retraction_happens_when_it_is_noticed_and_not_when_the_page_was_published() -> None:
    simulation, page = Simulation(RULES), {"published": "2026-03-02T09:00:00Z"}
    (rang,) = simulation.read(a_page(SAID, **page), after(hours=0))
    outcome = retracted(simulation, a_page(DENIED, 5, **page))
    assert rang.event is not None and outcome.event is not None

    assert (rang.event.time, outcome.event.time) == (after(hours=-3), after(hours=5))


def test_after_a_retraction_only_the_pages_that_say_it_since_hold_the_alert() -> None:
    simulation, other = Simulation(RULES), {"url": "https://b.example/1", "source": "b"}

    assert states(
        simulation, a_page(SAID), a_page(DENIED, 1), a_page(SAID, 2, **other), a_page(DENIED, 3, **other)
    ) == [[State.RANG], [State.RETRACTED], [State.UPDATED], [State.RETRACTED]]


def test_of_two_versions_of_one_moment_none_is_an_edit_of_the_other() -> None:
    assert states(Simulation(RULES), a_page(SAID), a_page(DENIED)) == [[State.RANG], []]


def test_what_is_gone_is_named_once_and_a_phrase_by_whole_words() -> None:
    """`turmoil` is no oil; the coup is still mentioned."""
    simulation = Simulation(a_rulebook(a_rule("'Niger and \"oil\" and coup and Mali'", id="oil")))
    states(simulation, a_page("Niger sells oil after the coup. Mali buys oil. Niger and Mali met after the putsch."))
    taken_back = told(retracted(simulation, a_page("Niger is in turmoil since the coup.", 1)))

    assert taken_back.retraction is not None
    assert taken_back.retraction.missing == ("oil", "Mali")
    assert taken_back.because.endswith('no longer satisfies: Niger and "oil" and coup and Mali; gone: oil, Mali')


def test_what_the_page_still_says_is_not_gone() -> None:
    """Oil is still sold; neither coup nor army is spoken of any more."""
    simulation = Simulation(a_rulebook(a_rule("'Niger and \"oil\" and coup and military'", id="oil")))
    states(simulation, a_page("Niger sells oil. The coup was led by the army."))
    taken_back = told(retracted(simulation, a_page("Niger sells oil.", 1)))

    assert taken_back.retraction is not None and taken_back.retraction.missing == ("coup", "army")


def test_a_retraction_with_nothing_gone_says_only_what_is_not_satisfied() -> None:
    """Both are still mentioned, no longer together."""
    simulation = Simulation(a_rulebook(a_rule("Niger and Russia", id="near", within="sentence")))
    states(simulation, a_page(SAID))
    taken_back = told(retracted(simulation, a_page("Niger signed. Russia did not.", 1)))

    assert taken_back.because.endswith("no longer satisfies: Niger and Russia")


@pytest.mark.parametrize(
    ("edited", "stands"),
    [
        pytest.param(
            "Niger met Mali. Niger signed a pact with Mali. Niger signed with a pen.", "Niger signed a pact with Mali.",
            id="the most alike",
        ),
        pytest.param(
            "Niger signed a pact in Mali. Niger signed a pact in Chad.", "Niger signed a pact in Mali.",
            id="the first of two",
        ),
        pytest.param("Mali left. Niger signed a treaty.", "Niger signed a treaty.", id="half of its words"),
        pytest.param("Mali left. Niger signed it.", "", id="nothing like it"),
    ],
)  # fmt: skip
def test_where_a_quote_stood_the_sentence_most_like_it_is_told(edited: str, stands: str) -> None:
    simulation = Simulation(a_rulebook(a_rule("Niger and Russia", id="ties")))
    states(simulation, a_page("Niger signed a pact with Russia."))
    taken_back = told(retracted(simulation, a_page(edited, 1)))

    assert taken_back.retraction is not None and taken_back.retraction.now == (stands,)


def test_where_a_title_was_quoted_the_title_of_today_is_told() -> None:
    simulation = Simulation(a_rulebook(a_rule("Niger and Russia", id="ties")))
    states(simulation, a_page("It was a long day in Niamey.", title="Niger meets Russia"))
    taken_back = told(retracted(simulation, a_page("It was a long day in Niamey.", 1, title="Niger meets France")))

    assert taken_back.retraction is not None and taken_back.retraction.now[0] == "Niger meets France"


def test_a_rule_of_weights_alone_is_taken_back_as_such() -> None:
    simulation = Simulation(a_rulebook("id: w\nweights: {threshold: 2, points: {Niger: 1, Russia: 1}}"))
    states(simulation, a_page(SAID))

    assert "no longer satisfies: weights; gone: Russia" in told(retracted(simulation, a_page(DENIED, 1))).because


def test_neither_a_canary_nor_a_page_without_an_address_is_an_edit() -> None:
    assert edit_of(a_page(DENIED), RULES) is not None
    assert edit_of(a_page(DENIED, canary=True), RULES) is None
    assert edit_of(a_page(DENIED, url=None), RULES) is None
