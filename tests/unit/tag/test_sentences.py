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


# Written before they were run: 34 of 40 were right at first sight.
HARD = [
    ["The U.N. Security Council met.", "It adjourned at 6 a.m.", "Nobody spoke."],
    ["He said: “We are leaving.”", "“When?” she asked.", "“Tomorrow.”"],
    ["Gen. Abdourahamane Tiani spoke.", "Lt. Col. Damiba did not."],
    ["Sales rose 4.5% to $1.2 billion.", "Analysts had expected $1.1 bn."],
    ["She lives in Washington, D.C.", "Her brother moved to St. Louis."],
    ["The firm, Orano S.A., denied it.", "Its shares fell."],
    ["“Never!” he shouted.", "The crowd laughed."],
    ["« Jamais ! », a-t-il crié.", "La foule a ri."],
    ["« Qui a tiré ? » demande le juge.", "Personne ne répond."],
    ["Le général A. Tiani et le col. Goïta se sont vus.", "Rien n'a filtré."],
    ["L'attaque a eu lieu vers 5 h. du matin.", "Le bilan est lourd."],
    ["M. Bazoum est détenu.", "Mme Bazoum aussi."],
    ["Cf. art. 12 al. 3 de la loi.", "Le juge tranche."],
    ["Ils étaient env. 300.", "Tous sont partis."],
    ["The convoy (two trucks, etc.) left.", "It never arrived."],
    ["Did Niger agree?", "Yes.", "No."],
    ["The vote was 5-4.", "Justice Kagan dissented."],
    ["Johnson v. Smith was decided.", "The court split."],
    ["He earned a Ph.D. in Paris.", "Then he left."],
    ["Prices: $3.50.", "Time: 5 p.m.", "Place: Rome."],
    ["“It is over,” Mr. Ouattara said.", "“We won.”"],
    ["The No. 2 official resigned.", "No. 3 stayed."],
    ["Wait... what?", "Nothing."],
    ["He paused… then left.", "She stayed."],
    ["J.D. Vance flew to Munich.", "J.-Y. Le Drian did not."],
    ["Le 1er janv. 2024, rien.", "Le 2 janv., tout."],
    ["Selon l'A.F.P., dix morts.", "L'armée dément."],
    ["Visit tocsin.example.org for more.", "Call 555.1234."],
    ["The U.S. and the U.K. agreed.", "France did not."],
    ["It happened on Jan. 5 near Sept. Iles.", "Ok then."],
    ["Dr. Denis Mukwege, M.D., spoke.", "He left early."],
    ["L'O.N.U. condamne.", "La R.D.C. se tait."],
    ['"We lost," he said.', '"They won."'],
    ["Le Niger (25 millions d'hab.) vote.", "Le Mali attend."],
    ["“Who is next?”", "“Mali.”"],
    ["The St. Petersburg forum opened.", "Mt. Kenya is closed."],
    ["She asked, “Why?”", "He shrugged."],
    ["The rebels want autonomy.", "[Editor's note: not independence.]", "Talks resume."],
    ["Rep. Lee (D-Calif.) voted no.", "Sen. Paul voted yes."],
    ["Nearly 1.2 million fled.", "3 million stayed."],
]


@pytest.mark.parametrize("sentences", HARD, ids=lambda sentences: sentences[0][:40])
def test_hard_sentences_are_split_where_a_reader_would(sentences: list[str]) -> None:
    text = " ".join(sentences)

    assert [text[start:end] for start, end in split_sentences(text, 0, len(text))] == sentences
