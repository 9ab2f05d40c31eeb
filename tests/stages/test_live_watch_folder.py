"""A changed watch folder is in force within a second, whole or not at all, while the pipeline runs."""

from pathlib import Path
from time import monotonic
from typing import Any

from runtime.settings import RuntimeSettings
from schemas import CloudEvent, streams
from services.alert.app import build as build_alert
from services.tag.app import build as build_tag
from tests.given import an_article
from tests.stages.a_stage import running
from tests.wait import until

OWN_ACTOR = """\
actors:
  acme:
    kind: company
    name: {en: Acme Mining}
    names: [Acme Mining]
"""
RULE = "rules:\n  - {id: acme-in-niger, title: Acme in Niger, when: acme and Niger}\n"


async def test_an_actor_and_a_rule_added_while_running_ring_for_the_next_article(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """First nothing is known of Acme; after both files are written, the next article rings, within seconds."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("rules: []\n", encoding="utf-8")
    (tmp_path / "actors.yaml").write_text("actors: {}\n", encoding="utf-8")
    settings = settings.model_copy(update={"watch_dir": tmp_path})
    [articles] = settings.keys(streams.ARTICLES)
    [alerts] = settings.keys(streams.ALERTS)

    async with running(build_tag(settings)), running(build_alert(settings)):
        await until(lambda: redis.exists(articles), describe="the stages have started")
        (tmp_path / "actors.yaml").write_text(OWN_ACTOR, encoding="utf-8")
        (tmp_path / "rules" / "own.yaml").write_text(RULE, encoding="utf-8")
        started, number = monotonic(), 0
        while not await redis.xlen(alerts):
            number += 1
            text = f"Acme Mining opened its mine number {number} in Niger on Monday, the company said."
            await redis.xadd(articles, {"d": an_article(text).to_json()})
            await until(lambda: _drained(redis, settings), describe="the article went through")
            assert monotonic() - started < 10, "the new rule never came into force"

    [(_, fields)] = (await redis.xrange(alerts))[:1]
    assert CloudEvent.from_json(fields[b"d"]).data.rule.id == "acme-in-niger"


async def _drained(redis: Any, settings: RuntimeSettings) -> bool:
    lengths = [await redis.xlen(key) for name in (streams.ARTICLES, streams.TAGGED) for key in settings.keys(name)]
    return not any(lengths)
