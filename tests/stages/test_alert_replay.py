"""The alert list is the same whoever dies, and a backtest of the archive gives the very alerts of the live run."""

import asyncio
import sys
from random import Random
from typing import Any

from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from services.alert.alert_event import UNNUMBERED
from services.desk.archive import archived
from services.desk.backtest import Archived, backtest
from services.desk.simulation import Simulation
from tests.stages.alert_bench import RULES, TALKATIVE, a_day_of_news, alerts, an_alerter, fill, key, work
from tests.unit.alert.a_burst import SPIKE, a_calm_day, papers_that_turn_out_to_be_one, told
from tests.unit.alert.given_alerts import a_rulebook
from tests.wait import until


async def the_archive(redis: Any, prefix: str) -> list[Archived]:
    return [one async for one in archived(redis, key(prefix, "archive"))]


async def test_a_backtest_gives_the_alerts_of_the_live_run(redis: Any, settings: RuntimeSettings) -> None:
    prefix = settings.stream_prefix
    await fill(redis, prefix, a_day_of_news(150))
    await work(redis, prefix, an_alerter(prefix))
    live = await alerts(redis, prefix)

    result = backtest(RULES, await the_archive(redis, prefix))

    assert result.articles == 150
    told = [alert for id, rule in result.rules.items() if id != "trial" for alert in rule.alerts]
    assert sorted(told) == sorted(event.data.id for event in live if event.data.revision == 1)
    ledger = await redis.hgetall(key(prefix, "stats", "alert"))
    for state in ("rang", "updated", "duplicate", "below_threshold", "suppressed_by_cooldown", "shadow"):
        counted = sum(rule.states[state] for rule in result.rules.values())
        assert counted == int(ledger.get(f"ledger:{state}".encode(), 0)), state
        assert counted > 0, f"the day of news has no {state}"


async def test_papers_that_turn_out_to_be_one_are_one_in_a_spike(redis: Any, settings: RuntimeSettings) -> None:
    """Live, with a new worker after each batch, as in a backtest: two origins are no spike, and a third is one."""
    prefix, rulebook = settings.stream_prefix, a_rulebook(SPIKE)
    another = told("Niger: one more report of another event, from 19 villages.", "d", minutes=390)
    news = [*a_calm_day(), *papers_that_turn_out_to_be_one(), another]
    await fill(redis, prefix, news)

    while await work(redis, prefix, an_alerter(prefix, rulebook), most_batches=1):
        pass

    (live,) = await alerts(redis, prefix)
    result = backtest(rulebook, await the_archive(redis, prefix))
    assert live.data.because == "Niger; 3 origins in 1:00:00, 1 on average over the last 6 hours"
    assert live.data.evidence[0].quote == another.article.text
    assert result.alerts == [live.data.id]
    assert result.rules["r"].states == {"rang": 1, "below_threshold": len(news) - 1}


async def test_replaying_alerts_gives_the_same_bytes(redis: Any, settings: RuntimeSettings, is_long: bool) -> None:
    """A thousand alerts in the long form."""
    prefix = settings.stream_prefix
    await fill(redis, prefix, a_day_of_news(1200 if is_long else 120, names_last=1))
    await work(redis, prefix, an_alerter(prefix, TALKATIVE))
    live = [event.data.to_json() for event in await alerts(redis, prefix)]

    simulation, replayed = Simulation(TALKATIVE), []
    for at, tagged in await the_archive(redis, prefix):
        replayed += [one.event.data.to_json() for one in simulation.read(tagged, at) if one.event is not None]

    assert replayed == live
    assert len(live) > (1000 if is_long else 100)
    assert UNNUMBERED not in {event.sequence for event in await alerts(redis, prefix)}


async def test_the_alert_list_is_the_same_when_workers_are_killed(
    redis: Any, settings: RuntimeSettings, shared_server: EmbeddedServer, is_long: bool
) -> None:
    """With windows, cooldown and a spike: SIGKILL at any moment, and the next worker goes on where it stood."""
    calm, rough = settings.stream_prefix + "-calm", settings.stream_prefix + "-rough"
    news = a_day_of_news(1500 if is_long else 250)
    for prefix in (calm, rough):
        await fill(redis, prefix, news)
    await work(redis, calm, an_alerter(calm))

    dice, kills = Random(4), 0
    while kills < (20 if is_long else 4):
        left = await redis.xlen(key(rough, "tagged"))
        if left < 20:
            break
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.stages.alert_bench", shared_server.url, rough
        )
        goal = left - dice.randint(5, 40)

        async def far_enough(goal: int = goal) -> bool:
            return int(await redis.xlen(key(rough, "tagged"))) <= goal

        await until(far_enough, describe="the worker has done some batches", within_seconds=60)
        worker.kill()
        await worker.wait()
        kills += 1
    await work(redis, rough, an_alerter(rough))

    assert kills >= 3
    assert [event.to_json() for event in await alerts(redis, rough)] == [
        event.to_json() for event in await alerts(redis, calm)
    ]
    assert await redis.hgetall(key(rough, "stats", "rules")) != {}
