"""The two pages the project started from, cleaned by hand: the right actors and topic, no page chrome's."""

import pytest

from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, build_tagger
from services.tag.text_to_article import article_from_text

FALSE_FRIENDS = {"NGA", "KEN", "ISR", "EGY", "SDN", "DNK", "ESP"}
TALKS = (
    "Niger Junta Leader Discusses Military Ties with Putin",
    "General Abdourahamane Tiani, the leader of Niger’s military regime, held a telephone conversation with Russian "
    "President Vladimir Putin on Tuesday.\n\nSince the ousting of the elected president last year, Niger has shifted "
    "its focus towards Russia, said the Nigerien communique. A statement from the Kremlin followed, Moscow said.",
)
TIES = (
    "Russia and Niger agree to develop military ties, Moscow says",
    "Russia and Niger, under military rule since a coup last year, have agreed to develop military cooperation, the "
    "Russian Defense Ministry said on Tuesday.\n\nNiger’s military council, led by General Abdourahamane Tiani, took "
    "power after ousting President Mohamed Bazoum in July 2023.",
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return build_tagger(load_catalogue(None))


@pytest.mark.parametrize(("title", "text"), [pytest.param(*TALKS, id="talks"), pytest.param(*TIES, id="ties")])
def test_a_seed_names_niger_russia_and_the_military_and_no_false_friend(tagger: Tagger, title: str, text: str) -> None:
    tagged = article_to_tagged_article(article_from_text("seed", title, text, "en"), tagger)

    actors = {mention.actor for mention in tagged.mentions}
    assert {"NER", "RUS"} <= actors
    assert not actors & FALSE_FRIENDS
    assert "military" in {hit.topic for hit in tagged.topics}


def test_every_mention_and_phrase_slices_its_text(tagger: Tagger) -> None:
    tagged = article_to_tagged_article(article_from_text("seed", *TALKS, "en"), tagger)

    spans = [*tagged.mentions, *(span for hit in tagged.topics for span in hit.spans)]
    assert spans
    for span in spans:
        text = tagged.article.title if span.sentence == 0 else tagged.article.text
        assert text[span.start : span.end] == span.text
