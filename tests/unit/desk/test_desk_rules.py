"""Tests beside rules, lint, feedback, proof and backtest, on the built-in catalogue and the two seed pages."""

import hashlib
import re
from datetime import timedelta

import pytest

from schemas import Alert
from services.alert.rulebook import parse_rules
from services.desk.backtest import Archived, backtest, compare
from services.desk.desk import Desk
from services.desk.feedback import feedback
from services.desk.lint import lint
from services.desk.rule_tests import given_article, run_tests
from services.desk.simulation import Simulation
from services.desk.verify import verify
from tests.unit.alert.given_alerts import NOON, a_rule
from tests.unit.desk.given_desk import AAN, NEWSUNPLUG, a_desk, a_seed

WINDOWED = """
id: drills
when: Niger and military
over: {origins: 2, window: 6h}
cooldown: 12h
tests:
  - timeline:
      - {at: 0h, source: a, expect: below_threshold, text: "Niger sends military advisers to the border with Algeria."}
      - {restart: true}
      - {at: 2h, source: b, expect: rang, text: "An army convoy of 12 lorries was lost near Diffa in Niger."}
      - {at: 3h, source: c, expect: suppressed_by_cooldown, text: "Niger has not paid its armed forces since May."}
      - {at: 20h, source: d, expect: below_threshold, text: "Niger bought 9 combat drones in Ankara."}
      - {at: 21h, source: d, expect: silent, text: "Mali is quiet."}
"""


def details(desk: Desk) -> list[str]:
    return [result.detail for result in run_tests(desk)]


def test_a_timeline_runs_under_a_virtual_clock_through_a_restart() -> None:
    assert details(a_desk(WINDOWED)) == [""]


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        pytest.param(WINDOWED.replace("6h", "1h"), "step 3: expected rang, found below_threshold", id="window"),
        pytest.param(WINDOWED.replace("cooldown: 12h", "severity: low"), "step 4: expected suppressed", id="cooldown"),
        pytest.param(WINDOWED.replace("origins: 2", "origins: 3"), "step 3: expected rang, found below", id="origins"),
    ],
)
def test_a_timeline_fails_when_its_rule_changes(changed: str, detail: str) -> None:
    (found,) = details(a_desk(changed))
    assert found.startswith(detail)


def test_a_test_that_fails_says_where_it_stands() -> None:
    (result,) = run_tests(a_desk(a_rule("Niger", tests='\n  - silent: "Niger spoke."')))

    assert (result.passed, result.detail, result.file, result.line) == (False, "it fired", "rules.yaml", 5)


@pytest.mark.parametrize(
    ("rule", "warning"),
    [
        pytest.param(a_rule("Niger and military and not Niger"), "can never ring", id="never"),
        pytest.param(
            a_rule("Niger and military or Niger and military and Russia"), "'Russia' decides nothing", id="unreachable"
        ),
        pytest.param(a_rule('Russia and "niger"'), "in quotes is only that word", id="name in quotes"),
        pytest.param(a_rule("Niger and Rosatom"), "Rosatom stands for Russia", id="name of a body"),
        pytest.param(a_rule('Russia and ("arms" or "arms deal")'), '"arms deal" contains "arms"', id="contained"),
        pytest.param(a_rule("Niger"), "rings for every article that mentions Niger", id="too broad"),
        pytest.param(
            a_rule(
                "Niger and military and not France",
                tests='\n  - fires: "Niger and France discussed military cooperation."',
            ),
            "'not France' silences its own example",
            id="not",
        ),
        pytest.param(a_rule("Niger and military"), "has no test that must fire", id="untested"),
    ],
)
def test_lint_finds_what_its_author_cannot_mean(rule: str, warning: str) -> None:
    assert any(warning in one.message for one in lint(a_desk(rule)))


def test_lint_finds_rules_that_ask_for_the_same() -> None:
    twins = lint(a_desk(a_rule("Niger and Russia", id="one"), a_rule("Russia and Niger and Russia", id="two")))
    same = lint(a_desk(a_rule("Niger and Russia", id="one"), a_rule("NER and Russia", id="two")))

    assert any("asks for the same as one" in warning.message for warning in same)
    assert not any(warning.rule == "one" and "asks for the same" in warning.message for warning in twins)


def test_lint_tells_how_often_a_rule_would_ring() -> None:
    """Thirty stories in an hour are more than anybody reads."""
    desk = a_desk(a_rule("Niger and military"))
    texts = (
        f"Niger bought {n}{n} combat drones from {name}." for n, name in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3)
    )
    articles = (given_article(desk, {"text": text, "source": text[-3:]})[0] for text in texts)
    archive = [Archived(NOON + timedelta(minutes=2 * n), article) for n, article in enumerate(articles)]
    sample = backtest(desk.rulebook, archive)

    assert any("times a day" in one.message for one in lint(desk, sample))
    assert not any("times a day" in one.message for one in lint(desk))


def test_lint_is_silent_about_a_good_rule() -> None:
    good = a_rule(
        "Niger and Russia and military",
        within="paragraph",
        tests='\n  - fires: "Niger and Russia agreed on military training."\n  - silent: "Niger agreed on training."',
    )
    assert lint(a_desk(good)) == []


def alert_of(desk: Desk, seed: str) -> Alert:
    (outcome,) = Simulation(desk.rulebook).read(desk.read(a_seed(seed)), NOON)
    assert outcome.event is not None
    return outcome.event.data


MILITARY = a_rule(
    "Niger and Russia and military", id="ties", tests='\n  - silent: "Niger and Mali agreed on military training."'
)


@pytest.mark.parametrize("seed", [AAN, NEWSUNPLUG])
def test_an_alert_is_proven_by_its_page(seed: str) -> None:
    desk = a_desk(MILITARY)
    proof = verify(alert_of(desk, seed), a_seed(seed), desk)

    assert proof.is_proven, [check for check in proof.checks if not check.is_true]


def test_an_alert_is_not_proven_by_another_page_nor_with_another_quote() -> None:
    desk = a_desk(MILITARY)
    alert = alert_of(desk, NEWSUNPLUG)
    forged = alert.evidence[0].model_copy(update={"quote": alert.evidence[0].quote.replace("Russia", "France")})

    assert not verify(alert, a_seed(AAN), desk).is_proven
    assert not verify(alert.model_copy(update={"evidence": (forged,)}), a_seed(NEWSUNPLUG), desk).is_proven


def test_a_retraction_is_proven_by_the_edited_page_and_by_the_one_that_rang() -> None:
    desk, seed = a_desk(MILITARY), a_seed(NEWSUNPLUG).model_copy(update={"url": "https://a.example/1"})
    raw = re.sub(rb"(?i)russia|moscow|yevkurov", b"Utopia", seed.raw())
    sha256 = hashlib.sha256(raw).hexdigest()
    later = {"id": "pg_" + sha256[:24], "sha256": sha256, "body": raw.decode(), "fetched_at": NOON + timedelta(hours=1)}
    edited, simulation = seed.model_copy(update=later), Simulation(desk.rulebook)
    simulation.read(desk.read(seed), NOON)
    (outcome,) = simulation.read(desk.read(edited), NOON + timedelta(hours=1))
    assert outcome.event is not None and outcome.event.data.state == "retracted"

    assert verify(outcome.event.data, edited, desk).is_proven
    assert verify(outcome.event.data, seed, desk).is_proven
    assert not verify(outcome.event.data, a_seed(AAN), desk).is_proven


@pytest.mark.parametrize(("opinion", "fails"), [("noise", True), ("good", False)])
def test_feedback_becomes_a_test_beside_the_rule(opinion: str, fails: bool) -> None:
    """After `noise` the tests fail until the rule is changed; comments and other rules stay as they were."""
    text = (
        f"# mine\nrules:\n  # first\n  - {MILITARY.replace(chr(10), chr(10) + '    ')}\n  - id: other\n    when: Chad\n"
    )
    desk = a_desk(MILITARY).with_rules({"mine.yaml": text})
    rule = desk.rulebook.rules["ties"]
    given = feedback(alert_of(a_desk(MILITARY), NEWSUNPLUG), opinion, rule, text)  # type: ignore[arg-type]

    changed = desk.with_rules({"mine.yaml": given.text})
    assert [result.passed for result in run_tests(changed)] == [True, not fails]
    assert given.text.startswith("# mine\nrules:\n  # first\n") and "  - id: other\n" in given.text
    assert parse_rules({"mine.yaml": given.text}, desk.names).version == desk.rulebook.version


def test_a_backtest_tells_alerts_a_day_and_what_another_version_changes() -> None:
    desk = a_desk(MILITARY)
    archive = [
        Archived(NOON + timedelta(hours=12 * n), desk.read(a_seed(seed))) for n, seed in enumerate((AAN, NEWSUNPLUG))
    ]
    before = backtest(desk.rulebook, archive)
    after = backtest(a_desk(MILITARY + "\nwhere: {languages: [fr]}").rulebook, archive)

    assert before.rules["ties"].states == {"rang": 2}
    assert before.rules["ties"].a_day(before.span) == 4
    (difference,) = compare(before, after)
    assert (difference.rule, len(difference.gained), len(difference.lost)) == ("ties", 0, 2)
    severe = backtest(a_desk(MILITARY + "\nseverity: high").rulebook, archive)
    assert severe.alerts != before.alerts and compare(before, severe) == []


def test_the_seeds_ring_for_niger_and_not_for_the_countries_of_their_page_chrome() -> None:
    """Nigeria, Egypt, Israel and Sudan stand only in menus and promos."""
    rules = [f"{name} and Russia" for name in ("Nigeria", "Egypt", "Israel", "Sudan", "Denmark")]
    desk = a_desk(MILITARY, *(a_rule(when, id=f"chrome-{n}") for n, when in enumerate(rules)))

    for seed in (AAN, NEWSUNPLUG):
        assert [one["rule"] for one in desk.match(a_seed(seed))] == ["ties"]


def test_the_two_seeds_are_two_stories() -> None:
    """The same two countries and the same topic, ten weeks apart."""
    desk = a_desk(MILITARY)
    simulation = Simulation(desk.rulebook)
    outcomes = [simulation.read(desk.read(a_seed(seed)), NOON)[0] for seed in (AAN, NEWSUNPLUG)]

    assert [one.state for one in outcomes] == ["rang", "rang"]
    assert outcomes[0].story != outcomes[1].story
