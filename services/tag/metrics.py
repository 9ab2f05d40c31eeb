"""The metrics of the tag stage: which languages come in, and what was made of them (docs/metrics.md)."""

from prometheus_client import CollectorRegistry, Counter

from services.tag.language import SUPPORTED

LANGUAGES = (*SUPPORTED, "other", "unknown")


class TagMetrics:
    """How many articles came in each language; the series of all exist from the start."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._articles = Counter(
            "tocsin_tag_articles",
            "Articles tagged, by language; other: tagged only with names that count in any language.",
            ("language",),
            registry=registry,
        )
        for language in LANGUAGES:
            self._articles.labels(language)

    def tagged(self, language: str | None) -> None:
        """Count an article of a language; None is one that could not be told."""
        if language is None:
            self._articles.labels("unknown").inc()
        else:
            self._articles.labels(language if language in SUPPORTED else "other").inc()
