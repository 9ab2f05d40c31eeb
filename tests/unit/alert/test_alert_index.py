"""The index is exact: always the set of rules that the oracle gives, whatever was added, removed and merged."""

from random import Random

import pytest

from schemas import Source
from services.alert.article_view import ArticleView
from services.alert.evaluate import holds
from services.alert.index import RuleIndex
from services.alert.rule import Rule
from services.alert.rulebook import BadRules, Rulebook
from tests.unit.alert.chance import a_random_article, a_random_rule
from tests.unit.alert.given_alerts import a_rule, a_rulebook, a_tagged_article
from tests.unit.alert.oracle import Read, oracle_holds


def random_rules(dice: Random, count: int, prefix: str = "r") -> Rulebook:
    """Return a rulebook of random rules; those that ring for nothing at all are refused, and drawn again."""
    texts: list[str] = []
    while len(texts) < count:
        wanted = [a_random_rule(dice, f"{prefix}{len(texts) + n}") for n in range(count - len(texts))]
        try:
            a_rulebook(*wanted)
        except BadRules as error:
            bad = {problem.source for problem in error.problems}
            wanted = [text for text in wanted if not any(line.strip() in text for line in bad)]
        texts += [text.replace(text.splitlines()[0], f"id: {prefix}{len(texts) + n}") for n, text in enumerate(wanted)]
    return a_rulebook(*texts)


def expected(rules: list[Rule], view: ArticleView) -> set[str]:
    read = Read.of(view)
    return {rule.id for rule in rules if oracle_holds(rule, read)}


def found(index: RuleIndex, views: list[ArticleView]) -> list[set[str]]:
    return [{rule.id for rule in rules} for rules in index.match(views)]


pytestmark = pytest.mark.timeout(1800)  # two million questions to the oracle, in the long form, on a busy machine


@pytest.fixture(scope="module")
def size(is_long: bool) -> tuple[int, int]:
    """Rules and articles."""
    return (10_000, 200) if is_long else (400, 40)


def test_the_index_equals_the_oracle(size: tuple[int, int]) -> None:
    dice = Random(20_260_302)
    rulebook = random_rules(dice, size[0])
    views = [rulebook.view(a_random_article(dice)) for _ in range(size[1])]
    rules = list(rulebook.rules.values())

    hits = 0
    for view, ids in zip(views, found(rulebook.index, views), strict=True):
        assert ids == expected(rules, view)
        hits += len(ids)

    assert hits > size[0] * size[1] / 200, "the random rules hardly ever hold, which proves little"
    assert any(len(view.paragraph_of) > 64 for view in views), "no article is longer than a mask"


def test_the_index_equals_the_oracle_after_adds_removes_and_merges(size: tuple[int, int]) -> None:
    dice = Random(7)
    rulebook = random_rules(dice, size[0])
    others = random_rules(dice, size[0] // 4, prefix="s")
    articles = [a_random_article(dice) for _ in range(size[1])]
    rules, index = dict(rulebook.rules), rulebook.index

    merges = 0
    for number in range(4):
        gone = dice.sample(sorted(rules), len(rules) // 4)
        new = dice.sample(list(others.rules.values()), len(others.rules) // 2)
        rules = {id: rule for id, rule in rules.items() if id not in gone} | {rule.id: rule for rule in new}
        index = index.changed(add=new, remove=gone)
        if number % 2:
            index, merges = index.merged(), merges + 1
        views = [others.view(article) for article in articles[number::4]]
        for view, ids in zip(views, found(index, views), strict=True):
            assert ids == expected(list(rules.values()), view)
    assert merges == 2 and len(rules) > size[0] / 3


def test_the_evaluator_equals_the_oracle(size: tuple[int, int]) -> None:
    """Where the index needs a closer look, it asks the evaluator."""
    dice = Random(11)
    rulebook = random_rules(dice, size[0] // 4)
    for view in (rulebook.view(a_random_article(dice)) for _ in range(size[1] // 2)):
        assert {rule.id for rule in rulebook.rules.values() if holds(rule, view)} == expected(
            list(rulebook.rules.values()), view
        )


def test_a_changed_index_leaves_the_old_one_as_it_was() -> None:
    """A batch that began before a reload ends with the rules it began with."""
    before = a_rulebook(a_rule("Niger", id="old"))
    after = before.index.changed(add=a_rulebook(a_rule("Niger", id="new")).rules.values(), remove=["old"])
    view = before.view(a_tagged_article("Niger spoke."))

    assert (found(before.index, [view]), found(after, [view])) == ([{"old"}], [{"new"}])


def test_a_batch_gives_the_same_as_its_articles_one_by_one() -> None:
    dice = Random(3)
    rulebook = random_rules(dice, 200)
    views = [rulebook.view(a_random_article(dice)) for _ in range(70)]

    assert found(rulebook.index, views) == [found(rulebook.index, [view])[0] for view in views]


def test_a_row_with_more_slots_than_fit_is_exact() -> None:
    """Eight names, two things that must be absent, two filters and a count: alone and among others."""
    names = ("Niger", "Russia", "Mali", "France", "Chad", "Wagner", "Ghana", "military")
    rules = [
        a_rule(" and ".join(names), id="all"),
        a_rule(" and ".join(names), id="near", within="paragraph"),
        a_rule(
            " and ".join(names[:6]) + " and not sport and not coup",
            id="filtered",
            where="{languages: [en], sources: {tier: [1]}}",
            at_least="{mentions: {Niger: 2}}",
        ),
    ]
    rulebook = a_rulebook(*rules)
    whole = ", ".join(names[:7]) + " sent troops."
    texts = (
        whole,
        whole + " Niger.",
        whole.replace("Ghana", "Togo"),
        whole + " Niger had a coup.",
        "Niger.\n\n" + whole,
    )
    texts += tuple(" spoke.\n\n".join(names[:7]) + " sent troops." for _ in range(2))
    views = [
        rulebook.view(a_tagged_article(text, source=Source(id="a", tier=tier))) for text in texts for tier in (1, 2)
    ]

    expected_ids = [expected(list(rulebook.rules.values()), view) for view in views]
    assert found(rulebook.index, views) == [found(rulebook.index, [view])[0] for view in views] == expected_ids
    assert {"all"} in expected_ids and {"all", "near", "filtered"} in expected_ids and set() in expected_ids


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="no rules"),
        pytest.param(["Niger", "Mali"], id="one name"),
        pytest.param(["Niger and not Mali", "Mali and not Niger and not Chad"], id="one name, others absent"),
        pytest.param(["Niger and Mali", "Chad"], id="two names"),
    ],
)
def test_rows_may_need_little(rules: list[str]) -> None:
    """Lines are as long as the longest row needs, for one article and for several."""
    texts_of_rules = [a_rule(when, id=f"r{number}") for number, when in enumerate(rules)]
    rulebook = a_rulebook(*texts_of_rules) if rules else Rulebook({})
    texts = ("Niger spoke.", "Mali spoke.", "Niger and Mali spoke.", "Chad and Mali spoke.", "Nobody spoke.")
    views = [rulebook.view(a_tagged_article(text)) for text in texts]

    one_by_one = [found(rulebook.index, [view])[0] for view in views]

    assert one_by_one == found(rulebook.index, views) == [expected(list(rulebook.rules.values()), one) for one in views]


@pytest.mark.parametrize("within", ["article", "paragraph", "sentence", "2 sentences"])
def test_a_count_stands_for_its_term_in_the_same_places(within: str) -> None:
    """A term that must be mentioned twice is sought by its count, and still has to stand beside the others."""
    rulebook = a_rulebook(
        a_rule("Niger and Mali", within=within, at_least="{mentions: {Niger: 2}}"),
        a_rule("Niger and Mali and not Chad", id="both", within=within, at_least="{mentions: {Niger: 2, Mali: 2}}"),
    )
    texts = (
        "Niger and Mali spoke. Niger left.",
        "Niger and Mali spoke.",
        "Niger spoke. Niger left.\n\nMali and Mali spoke.",
        "Niger spoke. Mali left. Niger and Mali met.",
        "Niger spoke. Nobody left. Mali, Mali and Niger met. Chad did not.",
    )
    views = [rulebook.view(a_tagged_article(text)) for text in texts]

    one_by_one = [found(rulebook.index, [view])[0] for view in views]

    assert one_by_one == found(rulebook.index, views) == [expected(list(rulebook.rules.values()), one) for one in views]
    assert len(set(map(frozenset, one_by_one))) > 1
