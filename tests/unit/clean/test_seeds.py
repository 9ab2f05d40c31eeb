"""The two real pages: their bodies word for word and nothing else, and what they say about themselves."""

from pathlib import Path

import pytest

from schemas import Article
from services.clean.page_to_article import page_to_article
from tests.given import a_page

SEEDS = Path(__file__).parents[3] / "seeds"

AAN_TV = "000_358a4b9e5b634885.txt"
AAN_TV_BODY = (
    "General Abdourahamane Tiani, the leader",
    "This dialogue follows",
    "Despite being one of",
    "However, since the ousting",
    "The two heads of state",
    "They also discussed",
    "A statement from the Kremlin",
    "“There was also an exchange",
    "Since assuming leadership",
    "In December, a Russian delegation",
    "Despite the presence",
    "Although a senior US delegation",
    "Previously, Niger served",
    "In a move signalling",
)
NEWSUNPLUG = "002_62f4774eb39e6342.txt"
NEWSUNPLUG_BODY = (
    "Russia and Niger, under military rule",
    "According to Russian news agencies",
    "“The parties noted",
    "The ministry has not provided",
    "Niger’s military council",
    "Niger’s junta has kicked out",
    "Niger’s junta-appointed Prime Minister",
    "Niger’s uranium",
)


def seed(name: str) -> str:
    return (SEEDS / name).read_text(encoding="utf-8")


def cleaned(name: str) -> Article:
    return page_to_article(a_page(seed(name)))


@pytest.mark.parametrize(
    ("name", "starts"),
    [pytest.param(AAN_TV, AAN_TV_BODY, id="aan tv"), pytest.param(NEWSUNPLUG, NEWSUNPLUG_BODY, id="newsunplug")],
)
def test_the_body_of_a_seed_is_its_paragraphs_word_for_word(name, starts):
    """The text is exactly the paragraphs a person marks in the file, in order, and nothing else."""
    lines = seed(name).split("\n")
    expected = [next(line.strip() for line in lines if line.startswith(start)) for start in starts]

    article = cleaned(name)

    assert article.text.split("\n\n") == expected
    assert [article.text[start:end] for start, end in article.paragraphs] == expected


def test_the_first_seed_says_who_wrote_it_when_and_where():
    article = cleaned(AAN_TV)

    assert article.title == "Niger Junta Leader Discusses Military Ties with Putin"
    assert article.authors == ("Kehinde Giwa",)
    assert article.published is not None
    assert article.published.value == "2024-03-27"
    assert article.site == "AAN TV"
    assert article.language == "en"


def test_the_second_seed_says_when_and_where():
    article = cleaned(NEWSUNPLUG)

    assert article.title == "Russia and Niger agree to develop military ties, Moscow says"
    assert article.published is not None
    assert article.published.value.startswith("2024-01-17")
    assert article.site == "Newsunplug Kenya"
    assert article.language == "en"


@pytest.mark.parametrize(
    ("name", "chrome"),
    [
        pytest.param(AAN_TV, ["Related posts", "Tinubu", "Touadera", "Previous Post", "Egypt", "Tags"], id="aan tv"),
        pytest.param(NEWSUNPLUG, ["READ MORE", "Israel", "Suluhu", "Methu", "Devki", "Facebook"], id="newsunplug"),
    ],
)
def test_nothing_of_the_chrome_is_left(name, chrome):
    """No trap of the seeds is in the body: related posts, promos, glued headlines, tags, share bars."""
    text = cleaned(name).text

    assert [word for word in chrome if word in text] == []
