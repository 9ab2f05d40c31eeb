"""Windows and backtests: window events a second in process and for a core of Redis, and articles a second backtested.

A window event is one origin seen by one windowed rule. The server's share is its own processor time for the real commit
script, with ten windowed rules ringing for each article.
"""

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.table import print_table
from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from schemas import Article, Mention, Sentence, Source, TaggedArticle, streams
from services.alert.adapters.alerter import Alerter
from services.alert.adapters.state import RedisState
from services.alert.rule import Over
from services.alert.rulebook import Rulebook, parse_rules
from services.alert.vocabulary import Names
from services.alert.windows import Sightings, see
from services.desk.backtest import Archived, backtest

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENTS = 200_000
ARTICLES = 1500
BATCH = 64
REAL_TIME = 10  # articles a second of a large newsroom


def in_process() -> float:
    """Return window events a second: 20 000 rules, three origins within six hours, some events late."""
    dice, over = random.Random(1), Over(3, timedelta(hours=6))
    windows: list[Sightings] = [[] for _ in range(20_000)]
    events = [
        (dice.randrange(20_000), f"paper-{int(dice.paretovariate(0.7)) % 400}", n * 2.0 - dice.random() * 600)
        for n in range(EVENTS)
    ]
    begun = time.process_time()
    for rule, origin, at in events:
        see(windows[rule], origin, at, over)
    return EVENTS / (time.process_time() - begun)


def windowed_rules(count: int) -> Rulebook:
    rules = "\n".join(
        f"  - {{id: w{n}, when: A and T{n % 10}, over: {{origins: 3, window: 6h}}, cooldown: 1h}}" for n in range(count)
    )
    names = Names({"A": ("actor", "A")} | {f"T{n}": ("actor", f"T{n}") for n in range(10)})
    return parse_rules({"windows.yaml": "rules:\n" + rules}, names)


def an_article(number: int) -> TaggedArticle:
    dice = random.Random(number)
    text = " ".join("".join(dice.choices("abcdefghij", k=4)) for _ in range(120)) + "."
    article = Article(
        id=f"pg_{number:024d}",
        page_sha256="0" * 64,
        source=Source(id=f"paper-{number % 300}"),
        fetched_at=NOON + timedelta(seconds=number),
        pushed_at=NOON,
        text=text,
        paragraphs=((0, len(text)),),
        fingerprint=str(number),
        cleaner="bench",
    )
    mentions = tuple(
        Mention(actor=actor, kind="name", text="w", start=n, end=n + 1, sentence=1, paragraph=1, zone="body")
        for n, actor in enumerate(("A", f"T{number % 10}"))
    )
    sentences = (
        Sentence(start=0, end=0, paragraph=0, zone="title"),
        Sentence(start=0, end=len(text), paragraph=1, zone="body"),
    )
    return TaggedArticle(article=article, sentences=sentences, mentions=mentions, catalogue="bench", tagger="bench")


async def on_redis(url: str, rulebook: Rulebook, articles: list[TaggedArticle]) -> dict[str, float]:
    """Return window events for each second of the server's processor, and of the worker's."""
    redis = connect(url)
    alerter = Alerter(rulebook, RedisState("bench", "p0"), clock=lambda: NOON + timedelta(hours=1))
    tagged = streams.key("bench", "p0", "tagged")
    await redis.xgroup_create(tagged, "g:alert", id="0", mkstream=True)
    for article in articles:
        await redis.xadd(tagged, {"d": article.to_json()})
    found = await redis.xreadgroup("g:alert", "me", {tagged: ">"}, count=len(articles))
    prepared = [(id.decode(), alerter.prepare(fields[b"d"])) for id, fields in found[0][1]]
    events = sum(len(one.candidate.matches) for _, one in prepared if one.candidate)
    server, mine = await _server_seconds(redis), time.process_time()
    for at in range(0, len(prepared), BATCH):
        await alerter.commit(redis, prepared[at : at + BATCH])
    used = {"server": await _server_seconds(redis) - server, "worker": time.process_time() - mine}
    await redis.aclose()
    return {name: events / seconds for name, seconds in used.items()}


async def _server_seconds(redis: Any) -> float:
    info = await redis.info("cpu")
    return float(info["used_cpu_sys"]) + float(info["used_cpu_user"])


def main() -> int:
    rulebook, articles = windowed_rules(100), [an_article(n) for n in range(ARTICLES)]
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="no") as server:
        redis = asyncio.run(on_redis(server.url, rulebook, articles))
    rows = [article.to_json() for article in articles]
    begun = time.process_time()
    archive = (Archived(NOON + timedelta(seconds=n), TaggedArticle.from_json(row)) for n, row in enumerate(rows))
    backtest(windowed_rules(10), archive)
    tested = len(rows) / (time.process_time() - begun)
    alone = in_process()
    checks = [
        ("window events/s, in process", alone, 150_000),
        ("window events/s, one core of Redis", redis["server"], 40_000),
        ("window events/s, the worker's core", redis["worker"], None),
        ("backtest, articles/s", tested, 100 * REAL_TIME),
    ]
    print_table(
        "Windows and backtests",
        ("what", "value", "floor"),
        [(name, f"{value:,.0f}", f"≥ {floor:,}" if floor else "—") for name, value, floor in checks],
    )
    return int(any(floor is not None and value < floor for _, value, floor in checks))


if __name__ == "__main__":
    raise SystemExit(main())
