"""The metrics of the tag stage: which languages come in, and what the models read (docs/metrics.md)."""

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
        self._read = Counter(
            "tocsin_tag_models_articles",
            "Articles that a rule can ring for, by whether the trained models looked for other names in them (read) or"
            " had no time left for it (left_out).",
            ("result",),
            registry=registry,
        )
        for language in LANGUAGES:
            self._articles.labels(language)
        for names in ("read", "left_out"):
            self._read.labels(names)

    def tagged(self, language: str | None) -> None:
        """Count an article of a language; None is one that could not be told."""
        if language is None:
            self._articles.labels("unknown").inc()
        else:
            self._articles.labels(language if language in SUPPORTED else "other").inc()

    def read_by_models(self, *, with_names: bool) -> None:
        """Count an article that the models have read, for all names or only for what the veto needs."""
        self._read.labels("read" if with_names else "left_out").inc()
