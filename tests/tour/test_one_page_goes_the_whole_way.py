"""Read first: one page on its way through the pipeline, stage by stage, without streams or servers.

Each step is the pure function that a stage calls; the streams between them are told in tests/stages/.
"""

from datetime import UTC, datetime
from pathlib import Path

from services.alert.tagged_article_to_alerts import matches
from services.clean.page_to_article import page_to_article
from services.desk.desk import open_desk
from services.produce.bytes_to_page import bytes_to_page

SEED = Path(__file__).parents[2] / "seeds" / "002_62f4774eb39e6342.txt"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_produce_takes_bytes_and_makes_a_page() -> None:
    """A page keeps its bytes exactly, and knows their SHA-256."""
    page = bytes_to_page(SEED.read_bytes(), fetched_at=NOW, pushed_at=NOW)

    assert page.raw() == SEED.read_bytes()
    assert page.content_type == "text/plain"


def test_clean_takes_the_article_out_of_the_page() -> None:
    """The menu, the promo inside the article and the headlines behind it are gone; title, date and site are known."""
    page = bytes_to_page(SEED.read_bytes(), fetched_at=NOW, pushed_at=NOW)

    article = page_to_article(page)

    assert article.title == "Russia and Niger agree to develop military ties, Moscow says"
    assert article.site == "Newsunplug Kenya"
    assert article.published is not None
    assert article.published.value.startswith("2024-01-17")
    assert "READ MORE" not in article.text
    assert "Sudan" not in article.text


def test_tag_finds_actors_and_topics_in_the_article() -> None:
    """Each mention is a stretch of the text, and says how the actor was named."""
    desk = open_desk()
    page = bytes_to_page(SEED.read_bytes(), fetched_at=NOW, pushed_at=NOW)

    tagged = desk.tag(page_to_article(page))

    text = tagged.article.text
    moscow = next(mention for mention in tagged.mentions if mention.text == "Moscow" and mention.zone != "title")
    assert (moscow.actor, moscow.kind, text[moscow.start : moscow.end]) == ("RUS", "capital", "Moscow")
    assert {"NER", "RUS"} <= {mention.actor for mention in tagged.mentions}
    assert not {"NGA", "ISR", "SDN", "KEN"} & {mention.actor for mention in tagged.mentions}
    assert "military" in {hit.topic for hit in tagged.topics}


def test_alert_says_which_rules_ring_and_proves_it() -> None:
    """The evidence is a sentence of the article, at its place."""
    desk = open_desk()
    page = bytes_to_page(SEED.read_bytes(), fetched_at=NOW, pushed_at=NOW)
    tagged = desk.read(page)

    match = next(one for one in matches(tagged, desk.rulebook) if one.rule.id == "niger-russia-military")

    proof = match.evidence[0]
    assert proof.quote == tagged.article.text[proof.start : proof.end]
    assert proof.quote.startswith("Russia and Niger, under military rule")
