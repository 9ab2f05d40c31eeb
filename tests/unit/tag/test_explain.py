"""The explanation names every mention, every rejected candidate, and why."""

from services.tag.article_to_tagged_article import Tagger
from services.tag.explain import explain, marked_text
from services.tag.text_to_article import article_from_text

TEXT = "Chad Browning played near the Niger River in Lebanon, Pa., while Mali and Dr Ann Wales watched."


def test_rejected_candidates_have_reasons(tagger: Tagger) -> None:
    told = explain(article_from_text("e", "JOIN US TODAY", TEXT, "en"), tagger)

    assert [one.actor for one in told.mentions] == ["MLI"]
    reasons = {one.text: one.reason for one in told.rejected}
    assert reasons["US"] == "a word in capitals"
    assert reasons["Chad"] == "a person: surname after"
    assert reasons["Niger River"] == "part of 'Niger River'"
    assert reasons["Lebanon"] == "a place elsewhere: state after"
    assert reasons["Wales"].startswith("a person")


def test_the_marked_text_shows_both(tagger: Tagger) -> None:
    told = explain(article_from_text("e", "", TEXT, "en"), tagger)

    shown = marked_text(TEXT, told, in_title=False)

    assert "[Mali|MLI]" in shown
    assert "~Chad~ Browning" in shown
