"""Idempotency-Key: a write that is sent again is answered as the first time, and done once.

A key belongs to who sent it. While the first request is at work a second one is refused (409); the same key with
another body is a mistake of the client (422).
"""

import hashlib
from collections.abc import Awaitable, Callable

import orjson
from fastapi import Request
from starlette.responses import Response

from services.deliver.adapters.served import Served
from services.deliver.adapters.subscription_state import deliver_key
from services.deliver.problems import Problem

WORKING_SECONDS = 60  # after which a request that never ended may be tried again


async def once(
    served: Served, request: Request, key: str | None, body: bytes, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Return what `work` answers, or what it answered to the same key before. Failures are not remembered."""
    if key is None:
        return await work()
    path = request.url.path + "?" + request.url.query
    told = "\0".join((request.method, path, request.state.client, key)).encode("utf-8", "surrogatepass")
    name = deliver_key(served.settings, "once", hashlib.sha256(told).hexdigest())
    print_ = hashlib.sha256(body).hexdigest()
    is_first = await served.redis.set(name, orjson.dumps({"body": print_}), nx=True, ex=WORKING_SECONDS)
    if not is_first:
        return _again(orjson.loads(await served.redis.get(name) or b'{"body":""}'), print_)
    try:
        response = await work()
    except BaseException:
        await served.redis.delete(name)
        raise
    kept = {
        "body": print_,
        "status": response.status_code,
        "answer": bytes(response.body).decode(),
        "type": response.media_type,
    }
    await served.redis.set(name, orjson.dumps(kept), ex=int(served.deliver.idempotency_for.total_seconds()))
    return response


def _again(kept: dict[str, str], print_: str) -> Response:
    if kept["body"] != print_:
        raise Problem(422, "key-used-otherwise", "this Idempotency-Key came with another body before")
    if "status" not in kept:
        raise Problem(
            409, "still-at-work", "a request with this Idempotency-Key is at work", headers={"retry-after": "1"}
        )
    return Response(
        kept["answer"],
        status_code=int(kept["status"]),
        media_type=kept["type"],
        headers={"idempotency-replayed": "true"},
    )
