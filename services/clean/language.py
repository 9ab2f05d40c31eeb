"""Language of a body, from its own words: what a page declares is wrong too often."""

from py3langid import langid

_READ_CHARS = 700  # enough for a sure answer; the classifier's time grows with the text
_MIN_WORDS = 4


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None when it has too few words to tell."""
    if len(text.split()) < _MIN_WORDS and text.isascii():
        return None
    code, _ = langid.classify(text[:_READ_CHARS])  # type: ignore[no-untyped-call]
    return str(code)
