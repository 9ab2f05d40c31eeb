"""The stage's work on a message: no language is dropped, and each is counted."""

import pytest
from prometheus_client import CollectorRegistry

from runtime.errors import InvalidMessage
from schemas import TaggedArticle
from services.tag.adapters.live_tagger import LiveTagger
from services.tag.article_to_tagged_article import Tagger
from services.tag.metrics import TagMetrics
from services.tag.settings import TagSettings
from services.tag.text_to_article import article_from_text
from services.tag.transform import transform_with


@pytest.mark.parametrize(
    ("language", "text", "actors", "counted"),
    [
        pytest.param("en", "Russian troops left Niger.", {"RUS", "NER"}, "en", id="English"),
        pytest.param("fr", "Les soldats russes ont quitté le Niger.", {"RUS", "NER"}, "fr", id="French"),
        pytest.param("de", "Putin sprach mit Tiani über Niger.", {"RUS", "NER"}, "other", id="German"),
        pytest.param(None, "Niger 1:0 Mali", {"NER", "MLI"}, "unknown", id="nobody can tell"),
    ],
)
def test_an_article_of_any_language_is_tagged_and_counted(
    tagger: Tagger, language: str | None, text: str, actors: set[str], counted: str
) -> None:
    registry = CollectorRegistry()
    work = transform_with(LiveTagger(None, tagger), TagSettings(models="never"), TagMetrics(registry=registry))
    article = article_from_text("a", "", text, language).model_copy(update={"language": language})

    output = work(article.to_json())

    tagged = TaggedArticle.from_json(output.messages[0])
    assert {mention.actor for mention in tagged.mentions} == actors
    counts = {
        label: registry.get_sample_value("tocsin_tag_articles_total", {"language": label})
        for label in ("en", "fr", "other", "unknown")
    }
    assert counts == {label: float(label == counted) for label in counts}


def test_what_is_no_article_is_refused(tagger: Tagger) -> None:
    work = transform_with(
        LiveTagger(None, tagger), TagSettings(models="never"), TagMetrics(registry=CollectorRegistry())
    )

    with pytest.raises(InvalidMessage):
        work(b"{}")
