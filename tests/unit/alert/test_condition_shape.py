"""A condition means the same, and its mistakes are the same, whether it is parsed by its shape or as it is written."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.alert.clauses import ARTICLE, Scope, terms_of
from services.alert.condition import parse_as_written, parse_condition
from services.alert.condition_builder import Meanings
from services.alert.condition_form import filled
from services.alert.condition_scope import bounded, rings_for_nothing
from services.alert.condition_shape import shape_of
from services.alert.vocabulary import Names
from tests.unit.alert.given_alerts import NAMES

PIECES = (
    "Niger", "Burkina Faso", "Bank of Niger", "and", "or", "not", "AND", "of", "any", "any of", "all of", "2 of", "51",
    "5th Brigade", "within", "sentence", "1 sentence", "2 sentences", "words", "3 words", "paragraph", "article",
    "and.", "of's", "sentence-", "(", ")", ",", '"oil"', "“oil”", '"', "“", "x", "_", "sahel", "coup", "U.S.",
    "R&D", "\n",
)  # fmt: skip
SCOPES = (ARTICLE, Scope("sentence"), Scope("sentence", 2), Scope("paragraph"), Scope("words", 5))
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(max_size=30),
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
@example('Niger and any of (Mali, Burkina Faso) and not (Chad and "joint drill") within 2 sentences')
@example('"Niger\nand" Mali and "oil')
@example('Burkina  Faso and "joint  drill" and\tBurkina\u00a0Faso')
@example("Burkina\n Faso or “joint\tdrill”")
@example('Niger and oil" and Mali')
@example("Niger and “oil and Mali")
def test_a_shape_gives_what_the_text_gives(text: str) -> None:
    plain, told = parse_as_written(text, NAMES, {}), parse_condition(text, NAMES, {})

    assert told == plain
    if not isinstance(told, tuple) and not isinstance(plain, tuple):
        assert [term.label for term in terms_of(told)] == [term.label for term in terms_of(plain)]


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from(SCOPES))
@example("Niger and (Mali or coup) and not Chad", Scope("sentence", 2))
@example("(Niger and Mali) within 9 words and 2 of (coup, Chad, Ghana)", ARTICLE)
@example("Niger and (Mali or Niger)", ARTICLE)
@example("Niger or Mali", Scope("words", 5))
@example("not Niger", ARTICLE)
def test_a_filled_form_is_what_the_condition_means(text: str, scope: Scope) -> None:
    found = filled(text, scope, Meanings(NAMES, {}))

    if found is not None:
        plain = parse_as_written(text, NAMES, {})
        assert not isinstance(plain, tuple)
        wanted, mistakes = bounded(plain, scope)
        assert (found, mistakes) == ((wanted, wanted.meaning()), ())
        assert [term.label for term in terms_of(found[0])] == [term.label for term in terms_of(wanted)]
        assert not rings_for_nothing(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "Niger", "Niger and Mali", '(Niger or "joint drill") and not Chad', "(Niger and coup) within sentence or Mali",
        "2 of (Niger, Mali, Burkina Faso) and coup", "any of (Niger, Mali) and Bank of Niger", "Brigade 51 and Niger",
    ],
)  # fmt: skip
def test_usual_conditions_have_a_form(text: str) -> None:
    """Also with a name of which a part is a number, or stands for something else in a condition."""
    names = Names({**NAMES.terms, "Bank of Niger": ("actor", "BON"), "Brigade 51": ("actor", "B51")})

    found = filled(text, Scope("paragraph"), Meanings(names, {}))

    assert found is not None
    assert found[0] == bounded(parse_as_written(text, names, {}), Scope("paragraph"))[0]  # type: ignore[arg-type]


def test_conditions_of_one_form_have_one_shape() -> None:
    forms = (
        'Niger and ("oil" or Burkina Faso)',
        'Côte d’Ivoire and ("joint drill" or AT&T)',
        "Mali and (“gold” or U.S.)",
    )

    shapes = [shape_of(form) for form in forms]

    assert {shape.text for shape in shapes if shape} == {'x and ("x" or x)'}
    assert [shape.pieces for shape in shapes if shape][1] == ("Côte d’Ivoire", '"joint drill"', "AT&T")
