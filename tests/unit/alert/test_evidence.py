"""The proof of an alert: which sentences are quoted, and which words in them, for each construct of the language."""

import pytest

from schemas import Evidence
from services.alert.tagged_article_to_alerts import matches
from tests.unit.alert.given_alerts import a_rule, a_rulebook, a_tagged_article


def proof(rule: str, text: str, title: str = "") -> tuple[Evidence, ...]:
    (match,) = matches(a_tagged_article(text, title=title), a_rulebook(rule))
    return match.evidence


def quotes(rule: str, text: str, title: str = "") -> list[str]:
    return [one.quote for one in proof(rule, text, title)]


@pytest.mark.parametrize(
    ("rule", "text", "quoted"),
    [
        pytest.param(
            a_rule("(Niger and Russia) within 5 words"),
            "Niger a b c d Russia. A b c d e f. Niger x Russia. A b c d e f. Niger and y Russia.", ["Niger x Russia."],
            id="the nearest of those that are near",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 5 words"),
            "Niger x Russia. A b c. Niger y Russia.", ["Niger x Russia."], id="the first of two that are as near",
        ),
        pytest.param(
            a_rule("(Niger and (Russia or Mali)) within 9 words"),
            "Niger x. Mali y. Russia z.", ["Niger x.", "Mali y."], id="of a choice the nearest",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 9 words"),
            "Niger x. Russia y. Russia z.", ["Niger x.", "Russia y."], id="of one name the nearest place",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within paragraph"),
            "Niger.\n\nRussia. Mali. Niger left.\n\nRussia.", ["Russia.", "Niger left."], id="of one paragraph",
        ),
        pytest.param(
            a_rule("(Niger and Russia) within 2 sentences"),
            "Niger a. x. Russia b. Niger c.", ["Russia b.", "Niger c."], id="of sentences in a row",
        ),
        pytest.param(
            a_rule("Niger and (Chad or (Mali and Russia))"),
            "Niger a. Mali b. Russia c.", ["Niger a.", "Mali b.", "Russia c."], id="what is true of a choice",
        ),
        pytest.param(
            a_rule("Niger and (Chad or (Mali and Russia))"),
            "Niger a. Mali b. Russia c. Chad d.", ["Niger a.", "Chad d."], id="of a choice a name before more",
        ),
        pytest.param(
            a_rule("2 of (Niger, Mali, Chad)"), "Mali a. Russia b. Chad c.", ["Mali a.", "Chad c."], id="n of",
        ),
        pytest.param(a_rule("Niger and not Mali"), "Niger a. Chad b.", ["Niger a."], id="what is not there"),
        pytest.param(
            a_rule("((Niger and Russia) within sentence and Mali) within paragraph"),
            "Niger and Russia a.\n\nMali b. Niger and Russia c.", ["Mali b.", "Niger and Russia c."],
            id="a within in a within",
        ),
        pytest.param(
            a_rule("Niger and ((Mali and Chad) or (Mali and Russia))"),
            "Niger a. Mali b. Russia c.", ["Niger a.", "Mali b.", "Russia c."], id="of a choice the part that is true",
        ),
        pytest.param(
            a_rule("(Niger or Mali) and Russia"), "Niger and Russia a. Mali b.", ["Niger and Russia a."],
            id="any name of a choice",
        ),
        pytest.param(
            a_rule("Niger", weights="{threshold: 1, points: {Niger: 1, Mali: 0}}"),
            "Niger a. Mali b.", ["Niger a."], id="what gains nothing",
        ),
        pytest.param(
            a_rule("Niger", weights="{threshold: 1, points: {Niger: 1, Mali: 2, Chad: -2}}"),
            "Niger a. Mali b. Chad c.", ["Niger a.", "Mali b."], id="what gains points",
        ),
        pytest.param(
            a_rule("Niger", at_least="{mentions: {Niger: 1, Russia: 1}}"),
            "Niger a. Russia b.", ["Niger a.", "Russia b."], id="what was counted",
        ),
        pytest.param(
            a_rule("Niger and Russia and Mali"),
            "Niger a. Niger and Mali b. Mali c. Russia d. Russia and Mali e.", ["Niger and Mali b.", "Russia d."],
            id="as few as show everything, and the first of equals",
        ),
    ],
)  # fmt: skip
def test_the_proof_quotes_what_shows_each_clause(rule: str, text: str, quoted: list[str]) -> None:
    assert quotes(rule, text) == quoted


@pytest.mark.parametrize("scope", ["sentence", "paragraph", "3 words"])
def test_the_text_is_quoted_rather_than_the_title(scope: str) -> None:
    rule = a_rule(f"(Niger and Russia) within {scope}")

    assert quotes(rule, "x. Niger met with Russia.", title="Niger, Russia") == ["Niger met with Russia."]
    assert quotes(rule, "Mali left.", title="Niger, Russia") == ["Niger, Russia"]


def test_a_rule_that_reads_the_title_quotes_the_title() -> None:
    (evidence,) = proof(a_rule("Niger", where="{zones: [title]}"), "Niger.", title="On Niger")

    assert (evidence.zone, evidence.sentence, evidence.paragraph) == ("title", 0, 0)
    assert (evidence.start, evidence.end, evidence.quote) == (0, 8, "On Niger")
    assert [(span.start, span.end, span.text) for span in evidence.spans] == [(3, 8, "Niger")]


def test_an_article_that_is_only_a_title_is_proved_by_it() -> None:
    assert quotes(a_rule("Niger and Russia"), "", title="Niger and Russia") == ["Niger and Russia"]


def test_a_proof_is_never_longer_than_eight_sentences() -> None:
    names = ("Niger", "Russia", "Mali", "France", "Chad", "Wagner", "Burkina Faso", "Ghana", "military", "sport")
    words = [*names[:8], "troops", "football"]

    assert len(quotes(a_rule(" and ".join(names)), " ".join(f"{word} came." for word in words))) == 8


def test_spans_say_what_they_are_and_stand_in_order() -> None:
    """A phrase, an actor and a topic; of two that begin together the shorter one comes first."""
    rule = a_rule("'\"niger army\" and Niger and military'")
    (evidence,) = proof(rule, "Then the Niger army came.")

    assert [(one.text, one.actor, one.topic, one.phrase, one.name, one.kind) for one in evidence.spans] == [
        ("Niger", "NER", None, None, "Niger", "name"),
        ("Niger army", None, None, "niger army", "niger army", None),
        ("army", None, "military", None, "military", None),
    ]
    assert (evidence.zone, evidence.sentence, evidence.paragraph, evidence.start) == ("lede", 1, 1, 0)


def test_every_mention_in_a_quoted_sentence_is_marked_and_none_elsewhere() -> None:
    (evidence,) = proof(a_rule("Niger and Russia"), "Niger and Russia met in Niamey. Niger is glad.")

    assert [one.text for one in evidence.spans] == ["Niger", "Russia", "Niamey"]


def test_only_what_the_rule_asks_for_is_marked() -> None:
    (evidence,) = proof(a_rule("(Niger and Russia) within 3 words"), "Niger met Russia, not Mali.")

    assert [one.text for one in evidence.spans] == ["Niger", "Russia"]
