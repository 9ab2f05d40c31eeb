"""Webhooks on real sockets: signed, tried again, never lost, and never sent where they must not go."""

import asyncio
import base64
import json
import os
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cloudevents.v1.http import from_http
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from runtime.redis_client import connect
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log, couriers, log_keeper
from services.deliver.adapters.server import Deliver
from services.deliver.adapters.subscription_state import SubscriptionKeys
from services.deliver.app import build
from services.deliver.settings import DeliverSettings
from tests.stages.a_deliver import a_deliver, rung
from tests.stages.a_receiver import Received, Receiver, a_receiver
from tests.unit.deliver.build import an_event
from tests.wait import until

OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 24).decode()}" for n in (1, 2))


def a_file(tmp_path: Path, receiver: Receiver | str, more: str = "", secrets: str = NEW) -> Path:
    url = receiver if isinstance(receiver, str) else receiver.url
    path = tmp_path / "subscriptions.yaml"
    path.write_text(
        f"subscriptions:\n  - id: hook\n    webhook: {url}\n    secrets: [{secrets}]\n    start: beginning\n{more}"
    )
    return path


def given(file: Path, **more: Any) -> dict[str, Any]:
    return {"subscriptions_file": file, "allow_private_targets": True, **more}


async def standing(running: Any) -> dict[str, Any]:
    [found] = (await running.http.get("/v1/subscriptions")).json()["subscriptions"]
    return dict(found)


async def test_a_webhook_is_signed_and_is_a_cloud_event(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """The reference library verifies the signature, with the new key and, while keys are changed, with the old one."""
    async with a_receiver() as receiver:
        await rung(redis, settings, an_event(1))
        async with a_deliver(settings, **given(a_file(tmp_path, receiver, secrets=f"{NEW}, {OLD}"))):
            await until(lambda: receiver.accepted, describe="the webhook arrives")

    [request] = receiver.received
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(request.body, request.headers)["id"] == an_event(1).id
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(request.body.replace(b"Niger", b"Nigel"), request.headers)
    event = from_http(request.headers, request.body)
    assert (event["id"], event["type"]) == (request.headers["webhook-id"], "tocsin.alert.opened")


async def test_a_flaky_receiver_accepts_every_alert_once(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """Errors, resets and requests for patience: each alert is tried until it is accepted, and then let go."""
    moods = ["500 Oops", "503 Wait\r\nretry-after: 0", "429 Slow", "302 Found\r\nlocation: /", "reset"]
    tries: Counter[str] = Counter()

    def moody(request: Received) -> str:
        id = request.headers["webhook-id"]
        tries[id] += 1
        return "200 OK" if tries[id] > int(id[4], 16) % 8 else moods[(tries[id] + int(id[5], 16)) % 5]

    events = [an_event(n) for n in range(60)]
    async with a_receiver(moody) as receiver:
        app = a_quick_deliver(settings, a_file(tmp_path, receiver))
        task = asyncio.create_task(app.run())
        await rung(redis, settings, *events)
        await until(lambda: len(set(receiver.accepted)) == 60, describe="every alert is accepted")
        keys = SubscriptionKeys.of(settings, "hook")
        await until(lambda: _is_zero(redis.zcard(keys.due)), describe="nothing is due")
        app.exit()
        await asyncio.wait_for(task, 15)

    assert sorted(receiver.accepted) == sorted(event.id for event in events)
    assert await redis.xlen(keys.dead) == 0
    assert len(receiver.received) > 2 * 60


def a_quick_deliver(settings: RuntimeSettings, file: Path) -> Deliver:
    """A deliver whose days are milliseconds."""
    app = build(settings, DeliverSettings(port=0, **given(file)))
    app.retry_scale = 1e-6
    return app


async def _is_zero(count: Any) -> bool:
    return await count == 0


async def test_what_was_given_up_is_kept_and_can_be_replayed(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """After days of failures an alert is a dead letter; replayed to a receiver that is well, none is left."""
    is_well = False
    async with a_receiver(lambda _: "200 OK" if is_well else "500 No") as receiver:
        app = a_quick_deliver(settings, a_file(tmp_path, receiver))
        task = asyncio.create_task(app.run())
        await rung(redis, settings, an_event(1), an_event(2))
        keys = SubscriptionKeys.of(settings, "hook")
        await until(lambda: _is(redis.xlen(keys.dead), 2), describe="both are given up")
        tries = len(receiver.received)
        is_well = True
        app.exit()
        await asyncio.wait_for(task, 15)

        async with a_deliver(settings, **given(a_file(tmp_path, receiver))) as running:
            before = await standing(running)
            replayed = (await running.http.post("/v1/subscriptions/hook/replay")).json()
            await until(lambda: len(receiver.accepted) == 2, describe="both arrive")
            await until(lambda: _is(redis.zcard(keys.due), 0), describe="nothing is due")
            after = await standing(running)

    assert tries == 2 * 10
    assert (before["dead"], before["last_error"], replayed, after["dead"]) == (2, "status 500", {"replayed": 2}, 0)
    assert after["delivered"] == 2


async def _is(count: Any, expected: int) -> bool:
    return bool(await count == expected)


async def test_a_receiver_that_is_gone_is_left_alone_until_it_is_enabled(
    redis: Any, settings: RuntimeSettings, tmp_path: Path
) -> None:
    """410 disables; its alerts wait in the log; enabled, it gets them all."""
    is_gone = True
    async with (
        a_receiver(lambda _: "410 Gone" if is_gone else "204 No Content") as receiver,
        a_deliver(settings, **given(a_file(tmp_path, receiver))) as running,
    ):
        await rung(redis, settings, an_event(1))
        await until(lambda: _is_disabled(running), describe="it is disabled")
        await rung(redis, settings, an_event(2))
        tries = len(receiver.received)
        is_gone = False
        await running.http.post("/v1/subscriptions/hook/enable")
        await until(lambda: len(receiver.accepted) == 2, describe="both arrive")

    assert tries == 1
    assert set(receiver.accepted) == {an_event(1).id, an_event(2).id}


async def _is_disabled(running: Any) -> bool:
    return (await standing(running))["disabled"] is not None


async def test_deliveries_survive_kills_of_the_process(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """SIGKILL in the middle of deliveries, twice: each alert arrives, under the same id each time."""
    events = [an_event(n) for n in range(100)]
    await rung(redis, settings, *events)
    async with a_receiver() as receiver:
        environ = {
            **os.environ,
            "TOCSIN_REDIS_URL": settings.redis_url.get_secret_value() if settings.redis_url else "",
            "TOCSIN_STREAM_PREFIX": settings.stream_prefix,
            "TOCSIN_DELIVER_PORT": "0",
            "TOCSIN_DELIVER_SUBSCRIPTIONS_FILE": str(a_file(tmp_path, receiver)),
            "TOCSIN_DELIVER_ALLOW_PRIVATE_TARGETS": "true",
        }
        for kills in range(1, 4):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "runtime.process", "deliver"), env=environ, stderr=asyncio.subprocess.DEVNULL
            )
            # The last one is let live until all is done.
            wanted = kills * 35 - 7 if kills < 3 else 100
            await until(
                lambda wanted=wanted: len(set(receiver.accepted)) >= wanted,
                describe=f"{wanted} alerts are accepted",
                within_seconds=40,
            )
            process.kill()
            await process.wait()
            [lease] = await redis.keys(settings.stream_prefix + "*deliver:lease")
            await redis.delete(lease)  # in real life the next process waits until it has run out

    assert set(receiver.accepted) == {event.id for event in events}


async def test_deliveries_go_on_when_the_server_comes_back(
    server: Any, settings: RuntimeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """The lease could not be renewed, so they paused; what rings afterwards is told all the same."""
    monkeypatch.setattr(couriers, "LEASE_SECONDS", 1)
    settings = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    redis = connect(server.url)
    async with a_receiver() as receiver, a_deliver(settings, **given(a_file(tmp_path, receiver, ""))):
        await rung(redis, settings, an_event(1))
        await until(lambda: len(receiver.accepted) == 1, describe="the first is told")
        server.kill()
        await redis.aclose()
        await until(lambda: "deliveries pause" in caplog.text, describe="the lease is lost")
        server.wanted_port = server.port
        assert server._try_start()
        redis = connect(server.url)
        await rung(redis, settings, an_event(2))
        await until(lambda: len(receiver.accepted) == 2, describe="the second is told", within_seconds=30)
    await redis.aclose()


async def test_the_log_is_kept_for_who_has_not_read_it(redis: Any, settings: RuntimeSettings, tmp_path: Path) -> None:
    """Trimming stops at the position of a webhook and of a consumer group, and goes on when they have moved."""
    ids = await rung(redis, settings, *(an_event(n) for n in range(10)))
    key = alert_log.alerts_key(settings)
    await redis.xgroup_create(key, "theirs", id=ids[5])
    await redis.hset(SubscriptionKeys.of(settings, "hook").positions, "hook", ids[3])
    deliver = DeliverSettings(keep_alerts=1, keep_for=timedelta(days=1))

    from services.deliver.adapters.served import now_utc

    held = await log_keeper.removable_up_to(redis, settings, now=now_utc(), deliver=deliver)
    await redis.hset(SubscriptionKeys.of(settings, "hook").positions, "hook", ids[9])
    for_the_group = await log_keeper.removable_up_to(redis, settings, now=now_utc(), deliver=deliver)
    await redis.xreadgroup("theirs", "me", {key: ">"}, count=2)
    for_the_pending = await log_keeper.removable_up_to(redis, settings, now=now_utc(), deliver=deliver)
    await redis.xack(key, "theirs", ids[6], ids[7])
    read = await log_keeper.removable_up_to(redis, settings, now=now_utc(), deliver=deliver)

    assert held == ids[3]
    assert for_the_group == ids[5]
    assert ids[5] <= str(for_the_pending) < ids[6]
    assert read == ids[7]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0"],
)
async def test_a_webhook_never_reaches_our_own_network(
    redis: Any, settings: RuntimeSettings, tmp_path: Path, host: str
) -> None:
    """However the address is written; the receiver hears nothing, and the reason names no path."""
    async with a_receiver() as receiver:
        await rung(redis, settings, an_event(1))
        file = a_file(tmp_path, f'"http://{host}:{receiver.port}/secret-path"')
        async with a_deliver(settings, **given(file, allow_private_targets=False)) as running:
            found = await until(lambda: _failed(running), describe="the delivery is refused")

    assert receiver.received == []
    assert "not on the public Internet" in found["last_error"] or "that can be asked for" in found["last_error"]
    assert "secret-path" not in json.dumps(found)


async def _failed(running: Any) -> dict[str, Any] | None:
    found = await standing(running)
    return found if found["last_error"] else None
