"""The stage's work on a message: no language is dropped, and each is counted."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from runtime.errors import InvalidMessage
from schemas import TaggedArticle
from services.tag import transform
from services.tag.adapters.live_tagger import LiveTagger
from services.tag.article_to_tagged_article import Tagger
from services.tag.metrics import TagMetrics
from services.tag.models import TrainedModels
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
    work = transform_with(
        LiveTagger(None, tagger), TagSettings(models="never"), TagMetrics(registry=registry), time.perf_counter
    )
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
        LiveTagger(None, tagger),
        TagSettings(models="never"),
        TagMetrics(registry=CollectorRegistry()),
        time.perf_counter,
    )

    with pytest.raises(InvalidMessage):
        work(b"{}")


class SlowModel:
    """Takes a second of the given clock for each reading, and finds Amnesty."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = seconds

    def pipe(self, texts: list[str], batch_size: int) -> Any:
        self.seconds[0] += 1
        for text in texts:
            at = text.find("Amnesty")
            found = SimpleNamespace(text="Amnesty", label_="ORG", start_char=at, end_char=at + len("Amnesty"))
            yield SimpleNamespace(ents=[found] if at >= 0 else [])


@pytest.mark.parametrize(("models", "read"), [("where-it-matters", 1.0), ("always", 3.0)])
def test_other_names_give_way_when_their_share_of_the_time_is_spent(
    tagger: Tagger, monkeypatch: pytest.MonkeyPatch, models: Any, read: float
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(transform, "installed_models", lambda: TrainedModels({}, {"en": SlowModel(seconds)}))
    registry = CollectorRegistry()
    live = LiveTagger(None, tagger, needs=((frozenset({"NER"}), frozenset({"RUS"})),))
    work = transform_with(
        live, TagSettings(models=models, models_share=0.25), TagMetrics(registry=registry), lambda: seconds[0]
    )
    article = article_from_text("a", "", "Niger and Russia met Amnesty.", "en")

    found = [TaggedArticle.from_json(work(article.to_json()).messages[0]) for _ in range(3)]

    assert [len(one.entities) for one in found] == [1, *[int(models == "always")] * 2]
    assert len({one.mentions for one in found}) == 1
    counts = [
        registry.get_sample_value("tocsin_tag_models_articles_total", {"result": n}) for n in ("read", "left_out")
    ]
    assert counts == [read, 3 - read]
