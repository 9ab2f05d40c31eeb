"""Answers in JSON with an ETag, and problems in their own media type."""

import hashlib
import logging
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from runtime.errors import Misconfigured
from services.deliver.problems import MEDIA_TYPE, Mistake, Problem

log = logging.getLogger("tocsin.deliver")


def answer(
    request: Request, body: bytes | Any, *, status: int = 200, media_type: str = "application/json", max_age: int = 0
) -> Response:
    """Return a body (bytes, or anything JSON) with an ETag; 304 when the client has it already."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": f"private, max-age={max_age}" if max_age else "private, no-cache"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if status == 200 and (etag in known or "*" in known):
        return Response(status_code=304, headers=headers)
    return Response(content, status_code=status, media_type=media_type, headers=headers)


def problem_response(problem: Problem) -> Response:
    """Return a problem as an answer."""
    return Response(
        orjson.dumps(problem.body()), status_code=problem.status, media_type=MEDIA_TYPE, headers=problem.headers
    )


def answer_problems(app: FastAPI) -> None:
    """Let every error of the app be answered as a problem; what is unforeseen is logged and told without details."""

    def on_problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return problem_response(error)

    def on_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        reason = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http-error")
        return problem_response(
            Problem(error.status_code, reason, str(error.detail), headers=dict(error.headers or {}))
        )

    def on_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        mistakes = tuple(Mistake(".".join(map(str, one["loc"])), str(one["msg"])) for one in error.errors())
        return problem_response(Problem(422, "invalid-request", "the request does not fit", mistakes=mistakes))

    def on_wrong(_: Request, error: Exception) -> Response:
        return problem_response(Problem(400, "not-understood", str(error)))

    def on_redis(_: Request, error: Exception) -> Response:
        log.warning("a request found Redis away", extra={"error": type(error).__name__})
        return problem_response(
            Problem(503, "redis-away", "the server behind this one does not answer", headers={"retry-after": "2"})
        )

    def on_unforeseen(request: Request, error: Exception) -> Response:
        log.error("a request failed", extra={"path": request.url.path}, exc_info=error)
        return problem_response(Problem(500, "unexpected-error", "an error of ours; it has been logged"))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Misconfigured, on_wrong)
    app.add_exception_handler(RedisError, on_redis)
    app.add_exception_handler(Exception, on_unforeseen)
