"""`/v1/status`, the probes and the metrics: is it alive, is it well, and how does every stage stand."""

from collections import Counter
from datetime import UTC, datetime
from time import time
from typing import Any

import orjson
from fastapi import APIRouter, Request
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import AwareDatetime, BaseModel
from starlette.responses import PlainTextResponse, Response

from runtime.monitor_metrics import STANDING, STREAM
from runtime.stream_status import pipeline_status, whole
from services.deliver.adapters import alert_log
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.serving import Serving
from services.deliver.adapters.served import Served
from services.deliver.positions import time_of

router = APIRouter(tags=["status"])


class StageStanding(BaseModel):
    """How a stage stands; counters count since the stream began."""

    stage: str
    partition: str
    length: int
    waiting: int
    pending: int
    oldest_seconds: float
    received: int
    sent: int
    dropped: dict[str, int]
    died: dict[str, int]
    dead_letters: int
    consumers: int


class LogStanding(BaseModel):
    """How the alert log stands."""

    alerts: int
    first_at: AwareDatetime | None
    last_at: AwareDatetime | None


class Canary(BaseModel):
    """The last page of our own that went the whole way: when it came out as an alert, and how long it took."""

    at: AwareDatetime
    seconds: float
    every_seconds: float


class Monitored(BaseModel):
    """What the monitor knows; without a monitor both are null."""

    canary: Canary | None
    silent: dict[str, list[str]] | None  # sources, rules and languages that have stopped speaking


class Status(BaseModel):
    """How everything stands, at a glance."""

    now: AwareDatetime
    started_at: AwareDatetime
    stages: list[StageStanding]
    log: LogStanding
    produced: dict[str, int]  # by outcome
    streams: int
    indexed: int
    is_indexed: bool
    rules_writable: bool
    monitor: Monitored


@router.get("/v1/status", response_model=Status, summary="See how every stage stands")
async def status(request: Request, served: Serving) -> Response:
    stages = whole(await pipeline_status(served.redis, served.settings))
    return answer(
        request,
        {
            "now": served.clock().isoformat(),
            "started_at": served.started_at.isoformat(),
            "stages": [{name: getattr(stage, name) for name in StageStanding.model_fields} for stage in stages],
            "log": await _log(served),
            "produced": await _produced(served),
            "streams": len(served.streams.readers),
            "indexed": len(served.index.facts),
            "is_indexed": served.index.is_filled,
            "monitor": await _monitored(served),
            "rules_writable": served.deliver.rules_writable and served.settings.watch_dir is not None,
        },
    )


@router.get("/livez", include_in_schema=False)
async def livez(served: Serving) -> Response:
    return _probe(is_live(served))


@router.get("/readyz", include_in_schema=False)
async def readyz(served: Serving) -> Response:
    return _probe(is_ready(served))


@router.get("/metrics", include_in_schema=False)
async def metrics(served: Serving) -> Response:
    return Response(generate_latest(served.registry), media_type=CONTENT_TYPE_LATEST)


def is_live(served: Served) -> str | None:
    """Return what is wrong when the tailer has read nothing for too long although it began, else None."""
    silent_seconds = time() - (served.tailer.last_read_at or served.started_at.timestamp())
    if silent_seconds > served.settings.stuck_after.total_seconds():
        return f"the alert log has not been read for {silent_seconds:.0f} s"
    return None


def is_ready(served: Served) -> str | None:
    """Return what is missing before subscribers can be served, None when nothing is."""
    if served.streams.is_closing:
        return "stopping"
    if not served.tailer.is_following.is_set():
        return "the alert log is not followed yet"
    return is_live(served)


def _probe(wrong: str | None) -> Response:
    return PlainTextResponse(f"{wrong or 'ok'}\n", status_code=503 if wrong else 200)


async def _log(served: Served) -> dict[str, Any]:
    redis, settings = served.redis, served.settings
    first, last = await alert_log.first_id(redis, settings), await alert_log.last_id(redis, settings)
    count = int(await redis.xlen(alert_log.alerts_key(settings)))
    return {
        "alerts": count,
        "first_at": time_of(first).isoformat() if first else None,
        "last_at": time_of(last).isoformat() if count else None,
    }


async def _monitored(served: Served) -> dict[str, Any]:
    found = await served.redis.hgetall(served.settings.keys(STREAM, STANDING)[0])
    canary = orjson.loads(found.get(b"canary", b"null"))
    if canary is not None:
        canary["at"] = datetime.fromtimestamp(canary["at"], UTC).isoformat()
    return {"canary": canary, "silent": orjson.loads(found.get(b"silent", b"null"))}


async def _produced(served: Served) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for key in alert_log.produced_keys(served.settings):
        stats = await served.redis.hgetall(key)
        counts.update({name.decode(): int(count) for name, count in stats.items()})
    return dict(sorted(counts.items()))
