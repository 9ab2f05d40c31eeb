"""What an outcome says and what is remembered for the next one: ids, numbers, reasons; windows and spikes in time."""

from datetime import timedelta
from random import Random

import pytest

from schemas import Alert, TaggedArticle
from services.alert.ledger import State
from services.alert.retractions import MOST_PAGES, page_key, with_page
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article, after
from tests.unit.alert.test_alert_decisions import OTHER, WIRE, Desk
from tests.unit.desk.story_pairs import SAME

ONE, TWO = SAME["Zeine in Moscow"]  # one event, told by two hands
TIES = a_rule("Niger and Russia")


def report(number: int, hour: float = 0, **given: object) -> TaggedArticle:
    """A report of its own, by a voice of its own, about Niger and nothing that another one tells."""
    dice = Random(number)
    words = " ".join("".join(dice.choice("bcdfgklmnprst") + dice.choice("aeiou") for _ in range(3)) for _ in range(40))
    return a_tagged_article(f"Niger {words}.", **{"source": f"voice-{number}", "at": after(hours=hour), **given})


def an_alert(desk: Desk, tagged: TaggedArticle, state: State = State.RANG) -> Alert:
    (outcome,) = desk.read(tagged, tagged.article.fetched_at)
    assert outcome.state is state and outcome.event is not None
    assert (outcome.rule, outcome.alert, outcome.story) == ("r", outcome.event.data.id, outcome.event.data.story.id)
    return outcome.event.data


def test_an_independent_origin_gives_the_alert_a_new_revision() -> None:
    desk = Desk(a_rulebook(TIES))
    first = an_alert(desk, a_tagged_article(ONE, source="a"))
    desk.read(a_tagged_article(ONE, source="b", at=after(hours=1)), after(hours=1))
    second = an_alert(desk, a_tagged_article(TWO, source="c", at=after(hours=2)), State.UPDATED)

    assert (first.story.pages, first.story.origins, first.story.revision) == (1, 1, 1)
    assert (second.story.pages, second.story.origins, second.story.revision) == (3, 2, 2)
    assert (second.id, second.story.id, second.state) == (first.id, first.story.id, "updated")


def test_a_silence_names_the_alert_and_the_story_that_it_concerns() -> None:
    """A copy, what a rule on trial would have sent, and what a mute kept back."""
    desk = Desk(a_rulebook(TIES))
    rang = an_alert(desk, a_tagged_article(ONE, source="a"))
    (copy,) = desk.read(a_tagged_article(ONE, source="b"))
    desk.rulebook = a_rulebook(TIES + "\nmute: true")
    (muted,) = desk.read(a_tagged_article(TWO, source="c"))
    on_trial = Desk(a_rulebook(TIES + "\nshadow: true"))
    (shadow,), (again,) = (on_trial.read(a_tagged_article(ONE, source=source)) for source in "ab")

    assert (copy.rule, copy.state, copy.alert, copy.story) == ("r", State.DUPLICATE, rang.id, rang.story.id)
    assert (muted.rule, muted.state, muted.story, muted.event) == ("r", State.MUTED, rang.story.id, None)
    assert (shadow.rule, shadow.state) == ("r", State.SHADOW) and shadow.alert and shadow.story
    assert (again.state, again.alert, again.story) == (State.DUPLICATE, shadow.alert, shadow.story)


def test_quiet_hours_and_a_cooldown_name_what_they_keep_back() -> None:
    quiet = Desk(a_rulebook(TIES + "\nquiet: {hours: 22:00-06:00, zone: UTC}"))
    rang = an_alert(quiet, a_tagged_article(ONE, source="a"))
    (muted,) = quiet.read(a_tagged_article(TWO, source="b", at=after(hours=11)), after(hours=11))
    cool = Desk(a_rulebook(a_rule("Niger", cooldown="1d")))
    cool.read(report(1))
    (held,) = cool.read(report(2, 1), after(hours=1))

    assert (muted.state, muted.alert, muted.story) == (State.MUTED, rang.id, rang.story.id)
    assert (held.state, held.alert) == (State.SUPPRESSED_BY_COOLDOWN, None) and held.story


def test_an_alert_keeps_its_id_when_the_window_that_opened_it_is_over() -> None:
    """Its id is made of that window; a revision in the next one is still of the same alert."""
    third = (
        "Yunus-Bek Yevkurov promised Ali Lamine Zeine in Moscow on Tuesday that instructors from Russia would raise the"
        " combat readiness of soldiers in Niger."
    )
    desk = Desk(a_rulebook(a_rule("Niger and Russia", over="{origins: 2, window: 6h}")))
    desk.read(a_tagged_article(ONE, source="a", at=after(hours=4)), after(hours=4))
    rang = an_alert(desk, a_tagged_article(TWO, source="b", at=after(hours=5)))
    updated = an_alert(desk, a_tagged_article(third, source="c", at=after(hours=7)), State.UPDATED)

    assert (updated.id, updated.story.origins) == (rang.id, 3)


def test_every_stale_candidate_is_told_by_its_rule() -> None:
    young = "{max_age: 1d}"
    desk = Desk(a_rulebook(a_rule("Niger", id="a", where=young), a_rule("Niger", id="b", where=young)))

    assert [(one.rule, one.state) for one in desk.read(report(1))] == [("a", State.STALE), ("b", State.STALE)]


def test_another_story_is_another_alert() -> None:
    desk = Desk(a_rulebook(a_rule("Russia and military")))

    assert an_alert(desk, a_tagged_article(WIRE)).id != an_alert(desk, a_tagged_article(OTHER)).id


def test_an_alert_says_what_was_reached() -> None:
    """The condition, or that it was weights; the window; the spike."""
    weights = Desk(a_rulebook("id: r\nweights: {threshold: 1, points: {Niger: 1}}"))
    window = Desk(a_rulebook(a_rule("Niger", over="{origins: 2, window: 6h}")))
    window.read(report(1))

    assert an_alert(weights, report(1)).because == "weights"
    assert an_alert(window, report(2, 1)).because == "Niger; 2 independent origins within 6:00:00"


def test_a_window_counts_for_all_stories_or_for_each() -> None:
    over = "origins: 2, window: 6h"
    for_all, for_each = (Desk(a_rulebook(a_rule("Niger", over=f"{{{over}{per}}}"))) for per in ("", ", per: story"))

    for desk, states in ((for_all, [State.BELOW_THRESHOLD, State.RANG]), (for_each, [State.BELOW_THRESHOLD] * 2)):
        assert [desk.state(report(number)) for number in (1, 2)] == states
    tells = [a_tagged_article(text, source=source) for text, source in ((ONE, "a"), (TWO, "b"))]
    assert [for_each.state(article) for article in tells] == [State.BELOW_THRESHOLD, State.RANG]


def test_a_spike_rings_when_a_rule_is_told_far_more_often_than_before() -> None:
    """One report an hour for a day, then three within one; what was counted is remembered from article to article."""
    spike = "{window: 1h, baseline: 1d, learn: 6h, at_least: 3, times: 2}"
    desk = Desk(a_rulebook(a_rule("Niger", spike=spike)))
    calm = [desk.state(report(hour, hour), after(hours=hour)) for hour in range(24)]
    busy = [report(100 + number, 24 + number / 10) for number in range(3)]
    states = [desk.state(one, one.article.fetched_at) for one in busy[:2]]
    rang = an_alert(desk, busy[2])

    assert set(calm) | set(states) == {State.BELOW_THRESHOLD}
    assert rang.because == "Niger; 3 origins in 1:00:00, 1 on average over the last 24 hours"


def test_a_spike_of_old_news_found_today_is_none() -> None:
    """What counts is when somebody looked, and nobody had looked before."""
    desk = Desk(a_rulebook(a_rule("Niger", spike="{window: 1h, baseline: 1d, learn: 6h, at_least: 2}")))
    old = [report(number, 48, published="2026-03-02T12:00:00Z") for number in range(4)]

    assert {desk.state(one, after(hours=48)) for one in old} == {State.BELOW_THRESHOLD}


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        pytest.param(a_rule("Niger", over="{origins: 2, window: 10d}"), 9 * 24, id="window"),
        pytest.param(a_rule("Niger", cooldown="10d"), 9 * 24, id="cooldown"),
    ],
)
def test_what_was_counted_is_remembered_as_long_as_it_can_matter(rule: str, hours: float) -> None:
    """Longer than a story lasts."""
    desk = Desk(a_rulebook(rule))
    first = desk.state(report(1))

    second = desk.state(report(2, hours), after(hours=hours))

    expected = {(State.BELOW_THRESHOLD, State.RANG), (State.RANG, State.SUPPRESSED_BY_COOLDOWN)}
    assert (first, second) in expected


def test_an_update_forgets_no_page_that_satisfied_the_rule_before() -> None:
    """The page that updated it is edited: the one that opened it still stands."""
    desk = Desk(a_rulebook(TIES))
    an_alert(desk, a_tagged_article(ONE, source="a", url="https://a.example/1"))
    an_alert(desk, a_tagged_article(TWO, source="b", url="https://b.example/1", at=after(hours=1)), State.UPDATED)
    (ring,) = [record for key, record in desk.store.items() if key.startswith("ring:") and record]

    addresses = ("https://a.example/1", "https://b.example/1")
    assert ring["pages"] == [page_key(a_tagged_article("x", url=url).article) for url in addresses]


def test_the_pages_of_an_alert_are_remembered_once_and_bounded() -> None:
    ring: dict[str, object] = {}
    for number in (0, *range(MOST_PAGES + 3)):
        ring = with_page(ring, a_tagged_article("x", url=f"https://a.example/{number}").article)

    assert len(set(ring["pages"])) == len(ring["pages"]) == MOST_PAGES  # type: ignore[arg-type]


def test_cooldown_remembers_the_newest_of_very_many_sets_of_actors() -> None:
    """It is the oldest that is forgotten, whatever order they came in."""
    desk = Desk(a_rulebook(a_rule("Niger", cooldown="1h")))
    marks = {f"{number}": (NOON + timedelta(minutes=number % 300)).timestamp() for number in range(400)}
    version = desk.rulebook.rules["r"].version
    desk.store[f"cool:r:{version}"] = {"marks": marks, "until": after(days=1).timestamp()}

    desk.read(report(1, 6), after(hours=6))

    kept = (desk.store[f"cool:r:{version}"] or {})["marks"]
    assert len(kept) == 256 and "NER" in kept
    assert min(kept.values()) > sorted(marks.values())[100]
