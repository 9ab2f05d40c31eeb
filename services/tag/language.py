"""The language of a text that comes without one, by py3langid; None when it is too short or too mixed to tell."""

from functools import cache
from typing import Any

SUPPORTED = ("en", "fr")
UNKNOWN_DATES_BEFORE = "1990"  # an article fetched before the web says that nobody knows when
_SURE = 0.8  # below, py3langid is right on about two of three headlines; matching both languages is safer
_SAMPLE_CHARS = 2000  # more text changes nothing


@cache
def _identifier() -> Any:
    """Return the identifier; loaded on first use (0.3 s, 40 MB), since most articles come with their language."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)  # type: ignore[no-untyped-call]


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None when it cannot be told."""
    sample = text[:_SAMPLE_CHARS]
    if sum(map(str.isalpha, sample)) < 12:
        return None
    code, probability = _identifier().classify(sample if not sample.isupper() else sample.lower())
    return str(code) if probability >= _SURE else None
