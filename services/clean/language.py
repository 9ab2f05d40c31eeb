"""Language of a body, from its own words: what a page declares is wrong too often."""

from collections import Counter

from py3langid import langid

from services.clean.block import WORD
from services.clean.lexicon import LANGUAGES
from services.clean.stopwords import STOPWORDS

_READ_CHARS = 900  # enough for a sure answer; the classifier's time grows with the text
_MIN_WORDS = 4
_SURE_SHARE = 0.25  # of the words are stop words of the language …
_SURE_LEAD = 2.0  # … and that many times more than of the next one: then no classifier is asked


def _by_stopwords(words: list[str]) -> str | None:
    """Return the language whose small words stand out, or None; related languages never do."""
    hits = dict.fromkeys(STOPWORDS, 0)
    for word, count in Counter(words).items():
        for language in LANGUAGES.get(word, ()):
            hits[language] += count
    counts = sorted(((count, language) for language, count in hits.items()), reverse=True)
    (best, language), (second, _) = counts[0], counts[1]
    return language if best >= _SURE_SHARE * len(words) and best >= _SURE_LEAD * second else None


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`, or None when it has too few words to tell."""
    head = text[:_READ_CHARS]
    words = WORD.findall(head.lower())
    if len(words) < _MIN_WORDS and head.isascii():
        return None
    found = _by_stopwords(words) if len(words) >= 40 else None
    if found is not None:
        return found
    code, _ = langid.classify(head)  # type: ignore[no-untyped-call]
    return str(code)
