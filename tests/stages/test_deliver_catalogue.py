"""The whole catalogue over HTTP: who is watched, by which names, and how every source stands, rung or not."""

from pathlib import Path
from typing import Any

import orjson

from runtime.monitor_metrics import STANDING, STREAM
from runtime.settings import RuntimeSettings
from tests.stages.a_deliver import a_deliver, rung
from tests.unit.deliver.build import an_event

SOURCES = """sources:
  - {id: herald, name: The Herald, kind: feed, url: "https://herald.example/feed", country: NER, language: fr}
  - {id: asleep, kind: feed, url: "https://asleep.example/feed", enabled: false}
"""


async def test_everyone_who_is_watched_is_found_by_any_name(redis: Any, settings: RuntimeSettings) -> None:
    """Accents and case do not matter; those that rang come first; one actor tells all its names and its neighbours."""
    await rung(redis, settings, an_event(1), an_event(2))
    async with a_deliver(settings) as running:
        everyone = (await running.http.get("/v1/catalogue/actors?limit=2000")).json()
        found = (await running.http.get("/v1/catalogue/actors?q=COTE%20d")).json()
        groups = (await running.http.get("/v1/catalogue/actors?kind=armed_group")).json()
        niger = (await running.http.get("/v1/catalogue/actors/NER")).json()
        nobody = await running.http.get("/v1/catalogue/actors/XXX")
        topics = (await running.http.get("/v1/catalogue/topics")).json()["topics"]

    assert everyone["total"] == len(everyone["actors"]) > 350
    assert {everyone["actors"][0]["id"], everyone["actors"][1]["id"]} == {"NER", "RUS"}
    assert "CIV" in {one["id"] for one in found["actors"]} and found["total"] < 5
    assert {one["kind"] for one in groups["actors"]} == {"armed_group"}
    assert niger["alerts"] == 2 and niger["beside"] == [{"id": "RUS", "name": "Russia", "stories": 2}]
    assert {"Nigerien", "Niamey"} <= {one["text"] for one in niger["aliases"]}
    assert nobody.status_code == 404 and nobody.json()["type"].endswith("no-such-actor")
    assert "military cooperation" in next(one["phrases"] for one in topics if one["id"] == "military")


async def test_every_source_says_how_it_stands(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """Also those that were never read or are off; a file with mistakes tells them instead."""
    (tmp_path / "sources.yaml").write_text(SOURCES)
    own = settings.model_copy(update={"watch_dir": tmp_path})
    async with a_deliver(own) as running:
        good = (await running.http.get("/v1/catalogue/sources")).json()
        (tmp_path / "sources.yaml").write_text("sources:\n  - {id: herald, kind: tavern}\n")
        bad = (await running.http.get("/v1/catalogue/sources")).json()

    assert [(one["id"], one["state"], one["alerts"]) for one in good["sources"]] == [
        ("herald", "unread", 0),
        ("asleep", "off", 0),
    ]
    assert good["states"] == {"unread": 1, "off": 1} and good["mistakes"] == []
    assert bad["sources"] == [] and bad["mistakes"][0].startswith("sources.yaml:2: ")


async def test_the_status_tells_what_the_monitor_knows(redis: Any, settings: RuntimeSettings) -> None:
    """When the last canary came, how long it took, and who is silent; without a monitor nothing is claimed."""
    key = settings.keys(STREAM, STANDING)[0]
    async with a_deliver(settings) as running:
        without = (await running.http.get("/v1/status")).json()["monitor"]
        canary = {"at": 1767268800.0, "seconds": 0.25, "every_seconds": 10.0}
        silent = {"source": ["herald"], "rule": [], "language": []}
        await redis.hset(key, mapping={"canary": orjson.dumps(canary), "silent": orjson.dumps(silent)})
        told = (await running.http.get("/v1/status")).json()["monitor"]

    assert without == {"canary": None, "silent": None}
    assert told["canary"] == {"at": "2026-01-01T12:00:00+00:00", "seconds": 0.25, "every_seconds": 10.0}
    assert told["silent"] == silent
