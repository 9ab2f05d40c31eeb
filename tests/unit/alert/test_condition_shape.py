"""A condition means the same, and its mistakes are the same, whether it is parsed by its shape or as it is written."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.alert.clauses import terms_of
from services.alert.condition import parse_as_written, parse_condition
from services.alert.condition_shape import shape_of
from tests.unit.alert.given_alerts import NAMES

PIECES = (
    "Niger", "Burkina Faso", "Bank of Niger", "and", "or", "not", "AND", "of", "any", "any of", "all of", "2 of", "51",
    "5th Brigade", "within", "sentence", "1 sentence", "2 sentences", "words", "3 words", "paragraph", "article",
    "and.", "of's", "sentence-", "(", ")", ",", '"oil"', "“oil”", '"', "“", "x", "_", "sahel", "coup", "U.S.",
    "R&D", "\n",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(max_size=30),
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
@example('Niger and any of (Mali, Burkina Faso) and not (Chad and "joint drill") within 2 sentences')
@example('"Niger\nand" Mali and "oil')
def test_a_shape_gives_what_the_text_gives(text: str) -> None:
    plain, told = parse_as_written(text, NAMES, {}), parse_condition(text, NAMES, {})

    assert told == plain
    if not isinstance(told, tuple) and not isinstance(plain, tuple):
        assert [term.label for term in terms_of(told)] == [term.label for term in terms_of(plain)]


def test_conditions_of_one_form_have_one_shape() -> None:
    forms = (
        'Niger and ("oil" or Burkina Faso)',
        'Côte d’Ivoire and ("joint drill" or AT&T)',
        "Mali and (“gold” or U.S.)",
    )

    shapes = [shape_of(form) for form in forms]

    assert {shape.text for shape in shapes if shape} == {'x and ("x" or x)'}
    assert [shape.pieces for shape in shapes if shape][1] == ("Côte d’Ivoire", '"joint drill"', "AT&T")
