"""What holds for every text: offsets slice, nothing without an alias, the same by any path, in linear time."""

import json
import os
import random
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import TaggedArticle
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger
from services.tag.text_to_article import article_from_text

TAGGER = build_tagger(load_catalogue(None))
PIECES = (
    "Niger", "Nigeria", "the Niger Delta", "Chad", "US", "U.S.", "Côte d’Ivoire", "RUSSIA", "franco-", "malien",
    "Guinea-Bissau", "military cooperation", "troops", "Moscow", "Paris", "Texas", ",", ".", " ", "  ", "\n", "\n\n",
    "“", "”", "« ", " »", "\u200b", "\u00ad", "e\u0301", "\u202e", "😀", "İ", "ß", "Россия", "السودان", "!", "…", "-",
    "’s", "of", "Smith",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map(" ".join)


def tag(text: str, title: str = "", language: str | None = "en") -> TaggedArticle:
    return article_to_tagged_article(article_from_text("p", title, text, language), TAGGER)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["en", "fr", "de", None]))
def test_every_offset_slices_to_its_mention(text: str, title: str, language: str | None) -> None:
    tagged = tag(text, title, language)

    spans = [*tagged.mentions, *(span for hit in tagged.topics for span in hit.spans)]
    for span in spans:
        source = title if span.zone == "title" else text
        assert source[span.start : span.end] == span.text
        assert span.text
    for sentence in tagged.sentences[1:]:
        assert 0 <= sentence.start < sentence.end <= len(text)
    assert [s.start for s in tagged.sentences[1:]] == sorted(s.start for s in tagged.sentences[1:])


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="bcdfghjklmnpqrtvwxz ,.\n!?“”", max_size=300))
def test_text_without_an_alias_has_no_mention(text: str) -> None:
    """The alphabet has no vowel but those no alias does without; acronyms are capitals."""
    assert tag(text).mentions == ()


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_message_survives_the_wire(text: str) -> None:
    if any("\ud800" <= char <= "\udfff" for char in text):
        return
    tagged = tag(text)

    assert TaggedArticle.from_json(tagged.to_json()) == tagged


def test_order_and_batch_change_nothing() -> None:
    texts = [" ".join(random.Random(seed).choices(PIECES, k=25)) for seed in range(40)]

    alone = [tag(text) for text in texts]
    backwards = [tag(text) for text in reversed(texts)][::-1]
    another = build_tagger(load_catalogue(None))
    fresh = [article_to_tagged_article(article_from_text("p", "", text, "en"), another) for text in texts]

    assert alone == backwards == fresh


CODE = """
import json, sys
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger
from services.tag.text_to_article import article_from_text
tagger = build_tagger(load_catalogue(None))
for text in json.load(sys.stdin):
    print(article_to_tagged_article(article_from_text("p", "", text, "en"), tagger).to_json().decode())
"""


def test_another_process_with_another_hash_seed_says_the_same() -> None:
    texts = [" ".join(random.Random(seed).choices(PIECES, k=25)) for seed in range(20)]

    answers = [
        subprocess.run(
            [sys.executable, "-c", CODE],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]

    assert answers[0] == answers[1]
    assert answers[0].splitlines() == [tag(text).to_json().decode() for text in texts]


ADVERSARIAL = {
    "one line": "Niger and Russia agreed, ",
    "only capitals": "NIGER US WHO JOIN US ",
    "right to left": "\u202eNiger \u200f",
    "emoji": "😀 Niger ",
    "combining accents": "e\u0301\u0301\u0301Niger ",
    "dots": "....",
    "quotes": "“",
    "pairs of quotes": '"Niger" ',
    "brackets after a stop": ".((((",
    "blanks": "    \n",
    "one word": "Niger",
    "initials": "A. B. C. ",
    "ambiguous names": "Paris Athens London Lebanon ",
    "hyphens": "franco-franco-",
    "Cyrillic": "Россия ",
}


@pytest.mark.parametrize("piece", [pytest.param(piece, id=name) for name, piece in ADVERSARIAL.items()])
def test_an_adversarial_text_takes_time_linear_in_its_length(piece: str) -> None:
    """Eight times the text may take at most sixteen times as long: quadratic work would take sixty-four times."""

    def seconds(chars: int) -> float:
        text = (piece * (chars // len(piece) + 1))[:chars]
        best = 1e9
        for _ in range(2):
            start = time.process_time()
            tag(text)
            best = min(best, time.process_time() - start)
        return best

    small, large = seconds(8_000), seconds(64_000)

    assert large < 16 * small + 0.05
