"""Pages like the seeds, with the truth about each: flat text with all the chrome of the second seed around an article.

Four of ten must ring `niger-russia-military`; the others are what makes news hard: a neighbour's name, the river, the
delta, the words in a list of headlines beside the article, two of the three things without the third.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = Path(__file__).parents[1] / "seeds" / "002_62f4774eb39e6342.txt"
SEED_TITLE = "Russia and Niger agree to develop military ties, Moscow says"
FIRST_WORDS, LAST_WORDS = "Russia and Niger, under military rule", "State House sidesteps"
SEED_DATE = "January 17, 2024 5:08 am"
LATEST = datetime(2024, 1, 17, tzinfo=UTC)
DAYS_APART = 4  # farther than a story lasts (72 h), so that every page is a story of its own


@dataclass(frozen=True)
class Kind:
    """A sort of page: its title, its telling sentence, the headline beside it, and whether it must ring."""

    title: str
    sentence: str
    must_ring: bool
    headline: str = "King Charles opens a garden show"


KINDS = (
    Kind(
        "{name} signs for Niger in Moscow",
        "Niger and Russia signed an agreement on military cooperation in Niamey, {name} said on behalf of both sides.",
        True,
    ),
    Kind(
        "Instructors land in Niamey, {name} says",
        "Russian military instructors have arrived in Niger to train its army, General {name} told state television.",
        True,
    ),
    Kind(
        "{name} received in the Kremlin",
        "Niger’s junta leader and Russian President Vladimir Putin discussed military ties, the aide {name} said.",
        True,
    ),
    Kind(
        "Arms deal announced by {name}",
        "Niamey will buy armoured vehicles and air defence systems from Moscow for its armed forces, {name} announced.",
        True,
    ),
    Kind(
        "{name} speaks in Abuja",
        "Nigeria and Russia signed an agreement on military cooperation in Abuja, {name} said on behalf of both sides.",
        False,
    ),
    Kind(
        "{name} wins the cup",
        "The striker {name} scored twice before the break, and the visitors never came near the goal again.",
        False,
        "Niger’s junta and Russia sign a military pact in Niamey",
    ),
    Kind(
        "{name} on the Niger Delta",
        "In the Niger Delta {name} met Russian engineers, while the military guarded pipelines along the River Niger.",
        False,
    ),
    Kind(
        "{name} reopens the market",
        "Traders praised {name} for the new roof, which had been promised before the last two elections.",
        False,
    ),
    Kind(
        "{name} and the school books",
        "Niger and Russia signed an agreement on school books and scholarships in Niamey, {name} said.",
        False,
    ),
    Kind(
        "{name} on the French bases",
        "Niger and France argued about military bases in Niamey, where {name} asked the last French troops to leave.",
        False,
    ),
)
FILLER = (
    "{name} said that the talks had taken {number} hours and that nobody in the room had expected such an ending.",
    "According to {name}, {number} people had asked for the papers before the office closed on Friday evening.",
    "Residents of {place} waited for {number} minutes in the rain, and {name} handed out tea and bread.",
    "A report by {name} puts the costs at {number} million, which critics in {place} call a cautious estimate.",
    "“We have worked on this for {number} days,” {name} told reporters in {place}, “and we will not stop now.”",
    "The office in {place} did not answer {number} written questions, and {name} declined to comment.",
)
SYLLABLES = re.findall(r"\w+", "ba den kor lim sa tur vel mo nir pas gol ha rin fos ter wa zel ond mar ek lun pir dos")


@dataclass(frozen=True)
class NewsPage:
    """A page and whether it must ring."""

    url: str
    text: str
    must_ring: bool


def news_pages(count: int, *, first: int = 0) -> list[NewsPage]:
    """Return pages `first` … of an endless sequence; the same number is always the same page."""
    head, foot = _chrome()
    return [_page(number, head, foot) for number in range(first, first + count)]


def _chrome() -> tuple[str, str]:
    seed = SEED.read_text(encoding="utf-8")
    return seed[: seed.index(FIRST_WORDS)], seed[seed.index(LAST_WORDS) :]


def _page(number: int, head: str, foot: str) -> NewsPage:
    dice = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    title = kind.title.format(name=_name(dice))
    when = LATEST - timedelta(days=DAYS_APART * number)
    date = f"{when:%B} {when.day}, {when.year} 5:08 am"
    paragraphs = [kind.sentence.format(name=_name(dice))]
    paragraphs += [" ".join(sentences(dice, 3)) for _ in range(6)]
    text = (
        head.replace(SEED_TITLE, title).replace(SEED_DATE, date)
        + "\n\n".join(paragraphs)
        + "\n\n"
        + f"{kind.headline}\n"
        + foot
    )
    return NewsPage(f"https://news.example/{number}", text, kind.must_ring)


def sentences(dice: random.Random, count: int) -> Sequence[str]:
    """Return sentences of a few templates, each with names and numbers of its own."""
    return [
        template.format(name=_name(dice), place=_word(dice).title(), number=dice.randint(100, 99_999))
        for template in dice.sample(FILLER, count)
    ]


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(SYLLABLES, k=3))


def _name(dice: random.Random) -> str:
    return f"{_word(dice).title()} {_word(dice).title()}"
