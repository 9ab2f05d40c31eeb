"""Who is in office is decided by the article's date."""

import pytest

from schemas import FoundDate
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article
from services.tag.text_to_article import article_from_text


@pytest.mark.parametrize(
    ("text", "published", "actors"),
    [
        pytest.param("Mohamed Bazoum spoke.", "2022-05-01", {"NER"}, id="a president in office"),
        pytest.param("Mohamed Bazoum spoke.", "2024-05-01", set(), id="the same when he is not"),
        pytest.param("Barack Obama landed.", "2010-05-01T10:00:00+00:00", {"USA"}, id="with a time"),
        pytest.param("Barack Obama landed.", "2019-05-01", set(), id="after his terms"),
        pytest.param("Donald Trump landed.", "2018-01-01", {"USA"}, id="first term"),
        pytest.param("Donald Trump landed.", "2022-01-01", set(), id="between two terms"),
        pytest.param("Donald Trump landed.", "2025-06-01", {"USA"}, id="second term"),
        pytest.param("General Tiani spoke.", "2024-03-27", {"NER"}, id="since a coup"),
    ],
)
def test_a_leader_counts_while_in_office(tagger: Tagger, text: str, published: str, actors: set[str]) -> None:
    article = article_from_text("d", "", text, "en")
    article = article.model_copy(update={"published": FoundDate(value=published, source="meta")})

    assert {one.actor for one in article_to_tagged_article(article, tagger).mentions} == actors


def test_without_a_date_those_in_office_now_count(tagger: Tagger) -> None:
    article = article_from_text("d", "", "Putin met Obama.", "en")

    assert {one.actor for one in article_to_tagged_article(article, tagger).mentions} == {"RUS"}
