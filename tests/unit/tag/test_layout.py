"""Numbers and zones: the title is sentence and paragraph 0, the first paragraph the lede, quotes are quotes."""

from tests.unit.tag.conftest import Tag

TEXT = 'Niger closed its border.\n\nMali did too. "Russia will help," a minister said.\n\nChad\'s army waited.'


def test_sentences_and_paragraphs_count_from_the_title(tag: Tag) -> None:
    tagged = tag(TEXT, title="Niger shuts its border")

    places = [(one.actor, one.sentence, one.paragraph, one.zone) for one in tagged.mentions]
    assert places == [
        ("NER", 0, 0, "title"),
        ("NER", 1, 1, "lede"),
        ("MLI", 2, 2, "body"),
        ("RUS", 3, 2, "quote"),
        ("TCD", 4, 3, "body"),
    ]


def test_sentence_numbers_index_the_sentences(tag: Tag) -> None:
    tagged = tag(TEXT, title="Niger shuts its border")

    for mention in tagged.mentions:
        sentence = tagged.sentences[mention.sentence]
        assert sentence.start <= mention.start < mention.end <= sentence.end
        assert sentence.paragraph == mention.paragraph


def test_guillemets_are_quotes(tag: Tag) -> None:
    tagged = tag("Rien.\n\nIl a dit : « Le Mali paiera. » Le Niger aussi.", language="fr")

    assert [(one.actor, one.zone) for one in tagged.mentions] == [("MLI", "quote"), ("NER", "body")]


def test_an_article_without_a_title_has_an_empty_sentence_0(tag: Tag) -> None:
    tagged = tag("Mali voted.")

    assert (tagged.sentences[0].start, tagged.sentences[0].end, tagged.sentences[0].zone) == (0, 0, "title")
    assert tagged.mentions[0].sentence == 1
