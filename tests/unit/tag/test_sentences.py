"""Sentence boundaries on the shapes of news text."""

import pytest

from services.tag.sentences import split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        pytest.param(["He left.", "She stayed."], id="two plain ones"),
        pytest.param(["Mr. Smith met Gen. Tiani in Niamey.", "They talked."], id="titles"),
        pytest.param(["J. R. R. Tolkien wrote it.", "Then he rested."], id="initials"),
        pytest.param(["The U.S. Senate voted.", "It passed."], id="U.S. inside"),
        pytest.param(["Troops will leave the U.S.", "The plan was old."], id="U.S. at the end"),
        pytest.param(["Prices rose 3.5 percent.", "Wages did not."], id="decimals"),
        pytest.param(["“We will not go,” he said.", "“Not today.”", "Then he left."], id="curly quotes"),
        pytest.param(['He said "no."', "She said nothing."], id="straight quotes"),
        pytest.param(["« Nous partons », a-t-il dit.", "Il est parti."], id="guillemets"),
        pytest.param(["« Nous partons. »", "Il est parti."], id="stop inside guillemets"),
        pytest.param(["M. Dupont a vu Mme. Durand.", "Ils ont parlé."], id="French titles"),
        pytest.param(["Is it over?", "Not yet!", "Wait…", "What?"], id="other signs"),
        pytest.param(["It closed at 5 p.m. on Monday.", "Nobody came."], id="p.m. inside"),
        pytest.param(["The bank (est. 1990) failed.", "Depositors queued."], id="brackets"),
        pytest.param(["About 2,000 people, incl. 300 soldiers, fled.", "Most came back."], id="numbers"),
        pytest.param(["He works for Acme Inc. in Lagos.", "She does not."], id="company"),
        pytest.param(["The No. 10 spokesman said so.", "Nobody asked."], id="number sign"),
        pytest.param(["Le 26 juil. 2023, l'armée a pris le pouvoir.", "Depuis, rien."], id="French month"),
    ],
)
def test_sentences_are_split_where_a_reader_would(sentences: list[str]) -> None:
    text = " ".join(sentences)

    found = [text[start:end] for start, end in split_sentences(text, 0, len(text))]

    assert found == sentences


def test_a_paragraph_is_split_alone() -> None:
    text = "One. Two.\n\nThree. Four."

    assert [text[start:end] for start, end in split_sentences(text, 11, len(text))] == ["Three.", "Four."]


def test_a_heading_without_a_stop_is_one_sentence() -> None:
    assert split_sentences("What we know so far", 0, 19) == [(0, 19)]
