"""The tag stage's work on one message: the tagged article of an article, by the catalogue in force."""

from collections.abc import Callable

from pydantic import ValidationError

from runtime.errors import InvalidMessage
from runtime.handling import Output
from schemas import Article
from services.tag.adapters.live_tagger import LiveTagger
from services.tag.article_to_tagged_article import article_to_tagged_article
from services.tag.metrics import TagMetrics
from services.tag.models import installed_models, needs_models, with_models
from services.tag.settings import TagSettings
from services.tag.time_share import TimeShare


def transform_with(
    live: LiveTagger, settings: TagSettings, metrics: TagMetrics, clock: Callable[[], float]
) -> Callable[[bytes], Output]:
    """Return the stage's work. An article of any language goes on; its language is counted, canaries are nobody's.

    `clock` gives the wall's seconds, for the share of them that the trained models may take.
    """
    models = installed_models() if settings.models != "never" else None
    share = TimeShare(settings.models_share, clock)

    def transform(data: bytes) -> Output:
        try:
            article = Article.from_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"expected an Article: {error}") from None
        tagger = live.tagger
        tagged = article_to_tagged_article(article, tagger)
        if models is not None and needs_models(tagged, settings.models, live.needs):
            with_names = settings.models == "always" or share.has_some()
            with share.spent():
                tagged = with_models(tagged, models, tagger.catalogue, with_names=with_names)
            metrics.read_by_models(with_names=with_names)
        if not article.canary:
            metrics.tagged(article.language)
        return Output((tagged.to_json(),))

    return transform
