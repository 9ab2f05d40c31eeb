"""A day of news for the alert stage, and a worker of it in a process of its own, to be killed."""

import asyncio
import sys
from datetime import timedelta
from random import Random
from typing import Any

from runtime.redis_client import connect
from schemas import CloudEvent, TaggedArticle, streams
from services.alert.adapters.alerter import Alerter
from services.alert.adapters.state import RedisState
from services.alert.rulebook import Rulebook
from tests.unit.alert.given_alerts import NOON, a_rule, a_rulebook, a_tagged_article

BATCH = 5
RULES = a_rulebook(
    a_rule("Russia and military", id="drills", over="{origins: 2, window: 6h}"),
    a_rule("any of (Niger, Mali, Chad) and military", id="sahel", cooldown="3h"),
    a_rule("any of (Niger, Mali)", id="busy", spike="{window: 2h, baseline: 12h, learn: 4h, at_least: 3, times: 2}"),
    a_rule("Niger and coup", id="trial", shadow="true"),
    a_rule("Niger and Russia", id="near", within="sentence"),
)
TALKATIVE = a_rulebook(
    a_rule("Russia and military", id="drills", over="{origins: 2, window: 6h}"),
    a_rule("any of (Niger, Mali, Chad, Ghana)", id="each"),
    a_rule("Niger and Russia", id="near", within="sentence"),
    a_rule("any of (Russia, France, Wagner) and not coup", id="others"),
)
PLACES = ("Agadez", "Diffa", "Tahoua", "Zinder", "Arlit", "Kidal", "Mopti", "Ségou", "Abéché", "Faya")
NAMES = ("Tiani", "Zeine", "Keita", "Diallo", "Barry", "Issoufou", "Mody", "Sangaré", "Touré", "Koné")


def a_day_of_news(count: int, seed: int = 1, *, names_last: int = 0) -> list[TaggedArticle]:
    """Return reports, a third of them copied by another paper, some late and some without a date.

    They speak of the same ten men in the same ten places, so most of them are one story. With
    `names_last` there are other men and places after so many reports: with 1 each report is a story apart, with more
    there are many stories that grow.
    """
    dice, told, articles = Random(seed), [], []
    places, names = PLACES, NAMES
    for number in range(count):
        at = NOON + timedelta(minutes=number * 5)
        if names_last and number % names_last == 0:
            places, names = (tuple(_a_name(dice) for _ in range(10)) for _ in range(2))
        if told and dice.random() < 0.35:
            text = dice.choice(told[-12:]) + f" Copied by paper {number}."
        else:
            text = (
                f"{dice.choice(('Niger', 'Mali', 'Chad', 'Ghana'))} and {dice.choice(('Russia', 'France', 'Wagner'))} "
                f"{dice.choice(('moved troops', 'spoke of a coup', 'signed an army pact', 'met'))} near "
                f"{dice.choice(places)} with {dice.randint(10, 999)} men, said {dice.choice(names)}. "
                f"Colonel {dice.choice(names)} counted {dice.randint(10, 9999)} rifles in {dice.choice(places)}, and "
                f"{dice.choice(names)} of {dice.choice(places)} denied it on day {number}."
            )
            told.append(text)
        published = (at - timedelta(minutes=dice.randint(0, 300))).isoformat() if dice.random() < 0.7 else None
        source = f"paper-{dice.randint(1, 9)}"
        articles.append(a_tagged_article(text, source=source, at=at, published=published))
    return articles


def _a_name(dice: Random) -> str:
    return "".join(dice.choice("bdfgklmnrstz") + dice.choice("aeiou") for _ in range(4)).capitalize()


def key(prefix: str, *names: str) -> str:
    return streams.key(prefix, "p0", *names)


async def fill(redis: Any, prefix: str, articles: list[TaggedArticle]) -> None:
    await redis.xgroup_create(key(prefix, "tagged"), "g:alert", id="0", mkstream=True)
    for article in articles:
        await redis.xadd(key(prefix, "tagged"), {"d": article.to_json()})


async def alerts(redis: Any, prefix: str) -> list[CloudEvent]:
    return [CloudEvent.from_json(fields[b"d"]) for _, fields in await redis.xrange(key(prefix, "alerts"))]


def an_alerter(prefix: str, rulebook: Rulebook = RULES) -> Alerter:
    """Return a worker whose clock is the articles' own, so that two runs can be compared to the byte."""
    return Alerter(rulebook, RedisState(prefix, "p0"))


async def work(redis: Any, prefix: str, alerter: Alerter, *, most_batches: int = 1_000_000) -> int:
    """Read, prepare and commit until nothing is left; what an earlier self left pending comes first, in order."""
    last, batches = "0", 0
    while batches < most_batches:
        found = await redis.xreadgroup("g:alert", "me", {key(prefix, "tagged"): last}, count=BATCH)
        entries = found[0][1] if found else []
        if not entries:
            if last == ">":
                return batches
            last = ">"
            continue
        prepared = [(id.decode(), alerter.prepare(fields[b"d"])) for id, fields in entries]
        newest = max(TaggedArticle.from_json(fields[b"d"]).article.fetched_at for _, fields in entries)
        alerter.clock = lambda newest=newest: newest  # type: ignore[misc]
        await alerter.commit(redis, prepared)
        batches += 1
    return batches


async def _main(url: str, prefix: str) -> None:
    redis = connect(url)
    await work(redis, prefix, an_alerter(prefix))
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2]))
