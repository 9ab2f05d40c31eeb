"""An edited page takes its alert back: once, with the quotes then and now, and only when nothing else says so."""

from datetime import datetime

from schemas import Alert, TaggedArticle
from services.alert.ledger import State
from services.desk.simulation import Simulation
from tests.unit.alert.given_alerts import a_rule, a_rulebook, a_tagged_article, after

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
