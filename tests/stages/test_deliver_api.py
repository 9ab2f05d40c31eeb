"""The HTTP API on a real server: lists, problems, access, idempotency, pages, feeds and exports."""

import asyncio
import base64
import json
import threading
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stix2
from cloudevents.v1.http import from_json
from prometheus_client.parser import text_string_to_metric_families

from runtime.settings import RuntimeSettings
from schemas import Page, streams
from services.deliver.adapters import alert_log, log_keeper
from services.deliver.alert_index import AlertIndex
from tests.stages.a_deliver import a_deliver, is_problem, rung
from tests.unit.deliver.build import an_alert, an_event
from tests.wait import until


async def test_alerts_are_listed_newest_first_and_paged(redis: Any, settings: RuntimeSettings) -> None:
    """Following `next` yields every alert once, at its newest revision, and ends."""
    await rung(redis, settings, *(an_event(n) for n in range(7)))
    updated = an_alert(3, revision=2, state="updated", origins=2)
    await rung(redis, settings, an_event(updated))
    async with a_deliver(settings) as running:
        seen: list[Any] = []
        query = "limit=3"
        while True:
            body = (await running.http.get(f"/v1/alerts?{query}")).json()
            seen += body["alerts"]
            if body["next"] is None:
                break
            query = f"limit=3&before={body['next']}"
        every = (await running.http.get("/v1/alerts?revisions=true")).json()["alerts"]

    assert [one["data"]["id"] for one in seen] == [an_alert(n).id for n in (3, 6, 5, 4, 2, 1, 0)]
    assert seen[0]["data"]["revision"] == 2
    assert len(every) == 8
    assert from_json(json.dumps(seen[0]))["sequence"] == seen[0]["sequence"]


async def test_what_the_index_no_longer_holds_is_found_in_the_log(redis: Any, settings: RuntimeSettings) -> None:
    """The index is bounded; lists go on beyond it, by rule and by id."""
    await rung(redis, settings, *(an_event(n, rule="odd" if n % 2 else "even") for n in range(40)))
    async with a_deliver(settings, index_alerts=5) as running:
        await until(lambda: _is_indexed(running.http), describe="the index is filled")
        odd = (await running.http.get("/v1/alerts?rule=odd&limit=100")).json()
        oldest = await running.http.get(f"/v1/alerts/{an_event(0, rule='even').data.id}")

    assert [one["data"]["id"] for one in odd["alerts"]] == [an_alert(n, rule="odd").id for n in range(39, 0, -2)]
    assert odd["next"] is None
    assert oldest.json()["data"]["id"] == an_alert(0, rule="even").id


async def _is_indexed(http: httpx.AsyncClient) -> bool:
    return bool((await http.get("/v1/status")).json()["is_indexed"])


async def test_alerts_are_found_by_time(redis: Any, settings: RuntimeSettings) -> None:
    """`since` and `until` speak of the time of the log."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)  # kept so long
    for hour in range(1, 5):
        at = int((midnight + timedelta(hours=hour)).timestamp() * 1000)
        await redis.xadd(alert_log.alerts_key(settings), {"d": an_event(hour).to_json()}, id=f"{at}-0")
    async with a_deliver(settings) as running:
        day = f"{midnight:%Y-%m-%d}"
        response = await running.http.get(f"/v1/alerts?since={day}T02:00:00Z&until={day}T03:30:00Z")

    assert [one["data"]["id"] for one in response.json()["alerts"]] == [an_alert(3).id, an_alert(2).id]


async def test_a_walk_through_the_index_keeps_no_alert_waiting(settings: RuntimeSettings) -> None:
    """What walks through fifty thousand alerts does so in a thread of its own."""
    async with a_deliver(settings) as running:
        served = running.app.served
        assert served is not None
        assert await served.of_index(lambda _: threading.get_ident()) != threading.get_ident()


async def test_an_index_that_is_filled_during_a_walk_hides_nothing(
    redis: Any, settings: RuntimeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was walked through tells what is still to be looked for in the log, not what the index holds by then."""
    await rung(redis, settings, an_event(1), an_event(2))
    async with a_deliver(settings) as running:
        served = running.app.served
        assert served is not None
        await served.indexed.wait()
        filled, in_thread = served.index, asyncio.to_thread

        async def walk_while_it_is_filled(walk: Any, *given: Any) -> Any:
            found = await in_thread(walk, *given)
            served.index = filled
            return found

        served.index = AlertIndex(filled.size)
        monkeypatch.setattr(asyncio, "to_thread", walk_while_it_is_filled)
        listed = (await running.http.get("/v1/alerts")).json()["alerts"]

    assert len(listed) == 2


async def test_a_story_tells_how_it_grew(redis: Any, settings: RuntimeSettings) -> None:
    """Its timeline has each revision with its page, and the summary the largest number of origins."""
    await rung(redis, settings, an_event(1, story="st_1"), an_event(9, story="st_2"))
    await rung(redis, settings, an_event(an_alert(1, story="st_1", revision=2, state="updated", origins=2, pages=3)))
    async with a_deliver(settings) as running:
        stories = (await running.http.get("/v1/stories")).json()["stories"]
        story = (await running.http.get("/v1/stories/st_1")).json()
        graph = (await running.http.get("/v1/actors/graph?hours=1&steps=4")).json()
        missing = await running.http.get("/v1/stories/st_9")

    assert [one["id"] for one in stories] == ["st_1", "st_2"]
    assert (story["origins"], story["pages"], story["alerts"]) == (2, 3, 1)
    assert [(one["revision"], one["state"]) for one in story["timeline"]] == [(1, "opened"), (2, "updated")]
    assert graph["links"] == [{"source": "NER", "target": "RUS", "stories": 2, "over_time": [0, 0, 0, 2]}]
    assert {one["name"] for one in graph["nodes"]} == {"Niger", "Russia"}
    assert is_problem(missing, 404, "no-such-story")


async def test_what_is_unchanged_is_not_sent_again(redis: Any, settings: RuntimeSettings) -> None:
    """Every read carries an ETag, and a client that has it gets 304 until something new rings."""
    await rung(redis, settings, an_event(1))
    async with a_deliver(settings) as running:
        for path in ("/v1/alerts", "/v1/feeds/atom", "/v1/feeds/json", "/v1/stories", "/", "/page/main.js"):
            first = await running.http.get(path)
            again = await running.http.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path
        await rung(redis, settings, an_event(2))
        etag = first.headers["etag"]
        await until(lambda: _count(running.http, 2), describe="the second alert is listed")
        changed = await running.http.get("/v1/feeds/atom", headers={"if-none-match": etag})

    assert changed.status_code == 200


async def _count(http: httpx.AsyncClient, wanted: int) -> bool:
    return len((await http.get("/v1/alerts")).json()["alerts"]) == wanted


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        pytest.param("/v1/alerts?limit=0", 422, "invalid-request", id="a limit of nothing"),
        pytest.param("/v1/alerts?severity=huge", 400, "not-understood", id="an unknown severity"),
        pytest.param("/v1/alerts?before=then", 400, "not-understood", id="no position"),
        pytest.param("/v1/alerts?until=then", 400, "not-understood", id="no time"),
        pytest.param("/v1/alerts/stream?from=yesterday", 400, "not-understood", id="no start"),
        pytest.param("/v1/alerts/al_none", 404, "no-such-alert", id="no alert"),
        pytest.param("/v1/actors/graph?until=2026-01-01", 400, "not-understood", id="a time without a zone"),
        pytest.param("/v1/nothing", 404, "not-found", id="no path"),
        pytest.param("/page/..%2f..%2fapp.py", 404, "not-found", id="a way out of the page's folder"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(
    settings: RuntimeSettings, path: str, status: int, reason: str
) -> None:
    """RFC 9457, with a type from a closed set and a sentence for a person."""
    async with a_deliver(settings) as running:
        assert is_problem(await running.http.get(path), status, reason)


async def test_a_page_is_pushed_as_it_is_or_as_json(redis: Any, settings: RuntimeSettings) -> None:
    """Both end as the same kind of message; a second push is a duplicate; nobody can pass a page off as a canary."""
    html = b"<html><body><p>Niger</p></body></html>"
    async with a_deliver(settings) as running:
        raw = await running.http.post(
            "/v1/pages?url=https://a.example/1&source=afp", content=html, headers={"content-type": "text/html"}
        )
        again = await running.http.post(
            "/v1/pages?url=https://a.example/1&source=afp", content=html, headers={"content-type": "text/html"}
        )
        body = {"body_base64": base64.b64encode(html).decode(), "url": "https://a.example/2", "canary": True}
        as_json = await running.http.post("/v1/pages", json=body)
        empty = await running.http.post("/v1/pages", content=b" ", headers={"content-type": "text/plain"})
        binary = await running.http.post(
            "/v1/pages", content=b"\x89PNG\r\n\x1a\n", headers={"content-type": "text/html"}
        )
        wrong = await running.http.post("/v1/pages", json={"body": 1})

    assert [r.status_code for r in (raw, again, as_json)] == [202, 202, 202]
    assert [r.json()["outcome"] for r in (raw, again, as_json)] == ["accepted", "duplicate", "accepted"]
    assert is_problem(empty, 422, "empty-page")
    assert is_problem(binary, 415, "binary-page")
    assert is_problem(wrong, 422, "invalid-line")
    entries = await redis.xrange(settings.keys(streams.PAGES)[0])
    pages = [Page.from_json(fields[b"d"]) for _, fields in entries]
    assert [(page.url, page.raw(), page.canary) for page in pages] == [
        ("https://a.example/1", html, False),
        ("https://a.example/2", html, False),
    ]
    assert pages[0].source.id == "afp"


async def test_a_full_pipeline_asks_the_pusher_to_wait(redis: Any, settings: RuntimeSettings) -> None:
    """503 with Retry-After, and the page is not remembered as taken."""
    full = settings.model_copy(update={"max_waiting": 1})
    async with a_deliver(full) as running:
        first = await running.http.post("/v1/pages", json={"body": "one"}, headers={"idempotency-key": "a"})
        second = await running.http.post("/v1/pages", json={"body": "two"}, headers={"idempotency-key": "b"})
        await redis.xtrim(settings.keys(streams.PAGES)[0], maxlen=0)
        later = await running.http.post("/v1/pages", json={"body": "two"}, headers={"idempotency-key": "b"})

    assert first.status_code == later.status_code == 202
    assert is_problem(second, 503, "pipeline-full") and int(second.headers["retry-after"]) > 0


async def test_a_write_sent_twice_with_one_key_is_done_once(settings: RuntimeSettings) -> None:
    """The second answer is the first one, word for word; the same key for something else is refused."""
    async with a_deliver(settings) as running:
        headers = {"idempotency-key": "k1"}
        first = await running.http.post("/v1/pages", json={"body": "one"}, headers=headers)
        again = await running.http.post("/v1/pages", json={"body": "one"}, headers=headers)
        other = await running.http.post("/v1/pages", json={"body": "two"}, headers=headers)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.json()["outcome"] == "accepted" and again.headers["idempotency-replayed"] == "true"
    assert is_problem(other, 422, "key-used-otherwise")


async def test_feeds_are_valid_and_harmless(redis: Any, settings: RuntimeSettings) -> None:
    """Feed readers understand them, hostile titles stay text, and an update keeps the entry's id."""
    hostile = "<script>alert(1)</script> \u202etitle\u0007 & more"
    await rung(redis, settings, an_event(1, title=hostile, url="javascript:alert(1)"), an_event(2, rule="other"))
    await rung(redis, settings, an_event(an_alert(1, title=hostile, revision=2, state="updated")))
    import feedparser

    async with a_deliver(settings) as running:
        raw = (await running.http.get("/v1/feeds/atom?rule=niger-russia")).content
        as_json = (await running.http.get("/v1/feeds/json?tag=sahel")).json()
        empty = feedparser.parse((await running.http.get("/v1/feeds/atom?rule=none")).content)

    feed = feedparser.parse(raw)
    assert not feed.bozo and not empty.bozo
    [entry] = feed.entries
    assert entry.id == f"urn:tocsin:{an_alert(1).id}"
    assert "<script>" not in entry.content[0].value and "javascript:" not in raw.decode()
    titles = [one.text for one in ET.fromstring(raw).iter("{http://www.w3.org/2005/Atom}title")]
    assert titles[1] == "Niger and Russia: military ties: " + hostile.replace("\u0007", "")
    assert as_json["version"] == "https://jsonfeed.org/version/1.1"
    assert [one["id"] for one in as_json["items"]] == [
        f"urn:tocsin:{an_alert(n, rule=r).id}" for n, r in ((1, "niger-russia"), (2, "other"))
    ]


async def test_an_export_is_valid_stix_and_the_same_each_time(redis: Any, settings: RuntimeSettings) -> None:
    """The reference library parses it; ids depend on the alert alone; a revision is a later version of the report."""
    await rung(redis, settings, an_event(1))
    async with a_deliver(settings) as running:
        first = (await running.http.get("/v1/export/stix")).content
        again = (await running.http.get("/v1/export/stix")).content
        await rung(redis, settings, an_event(an_alert(1, revision=2, state="updated", minutes=9)))
        await until(lambda: _is_updated(running.http), describe="the update is listed")
        later = (await running.http.get("/v1/export/stix")).content

    assert first == again
    reports = []
    for content in (first, later):
        bundle = stix2.parse(content, allow_custom=True)
        assert {one.type for one in bundle.objects} == {
            "report",
            "location",
            "identity",
            "note",
            "extension-definition",
        }
        [report] = [one for one in bundle.objects if one.type == "report"]
        reports.append(report)
    assert reports[0].id == reports[1].id and reports[0].created == reports[1].created
    assert reports[1].modified - reports[0].modified == timedelta(minutes=8)
    refs = {one.id for one in bundle.objects}
    assert set(reports[1].object_refs) <= refs


async def _is_updated(http: httpx.AsyncClient) -> bool:
    return bool((await http.get(f"/v1/alerts/{an_alert(1).id}")).json()["data"]["revision"] == 2)


async def test_the_keeper_trims_by_size_and_the_index_follows(redis: Any, settings: RuntimeSettings) -> None:
    """More than the limit leaves the log; lists show what is left, and a stream tells the gap."""
    ids = await rung(redis, settings, *(an_event(n) for n in range(30)))
    async with a_deliver(settings, keep_alerts=10, trim_every="PT0.1S") as running:
        await until(lambda: _count(running.http, 10), describe="ten are left")
        await until(lambda: _shows(running.http, "tocsin_alert_log_alerts 10.0"), describe="the metric says so")
        metrics = (await running.http.get("/metrics")).text
    assert await redis.xlen(alert_log.alerts_key(settings)) == 10
    assert await alert_log.missing_after(redis, settings, ids[3]) == ids[20]
    assert await alert_log.missing_after(redis, settings, ids[19]) is None
    assert {family.name for family in text_string_to_metric_families(metrics)} >= {"tocsin_event_streams"}
    assert log_keeper.BATCH > 30


async def _shows(http: httpx.AsyncClient, line: str) -> bool:
    return line in (await http.get("/metrics")).text.splitlines()
