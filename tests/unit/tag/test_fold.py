"""The folded text: same length, no accents, blanks for separators; and the way back from the tidied text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tag.fold import fold, plain_case, tidy


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("Côte d’Ivoire", "cote d ivoire", id="accents and curly apostrophe"),
        pytest.param("GUINÉE–BISSAU", "guinee bissau", id="capitals and dash"),
        pytest.param("Erdoğan", "erdogan", id="letter outside Latin-1"),
        pytest.param("U.S.", "u s ", id="stops"),
        pytest.param("Россия", "россия", id="Cyrillic stays"),
        pytest.param("œuvre", "ouvre", id="ligature is one letter"),
        pytest.param("İzmir", "izmir", id="capital whose lower case is two characters"),
    ],
)
def test_a_text_is_folded_letter_by_letter(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert len(plain_case(text)) == len(text)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aé \n\t\u0301\u200b\u00ad\u202e.", max_size=60))
def test_every_span_of_a_tidied_text_stands_in_the_text(text: str) -> None:
    tidied = tidy(text)
    for at in range(len(tidied.text)):
        start, end = tidied.span(at, at + 1)
        assert text[start] == tidied.text[at] or (text[start].isspace() and tidied.text[at] == " ")
        assert end > start


def test_a_blank_line_is_not_joined() -> None:
    assert "\n\n" in tidy("Burkina\n\nFaso  is").text
