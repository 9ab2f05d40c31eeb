"""The whole of deliver's HTTP side as one ASGI application: routers in a row, behind the guard."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from services.deliver.adapters.http import alerts, catalogue, feeds, page, pages, rules, status, stories, subscriptions
from services.deliver.adapters.http.answers import answer, answer_problems
from services.deliver.adapters.http.guard import Guard
from services.deliver.adapters.served import Served
from services.deliver.contract_page import contract_page
from services.deliver.contracts import asyncapi
from services.deliver.problems import problem_answers

API_VERSION = "1.0"


def build_api(served: Served) -> FastAPI:
    """Return the FastAPI application."""
    app = FastAPI(
        title="Tocsin",
        version=API_VERSION,
        summary="A streaming news monitor: alerts with their proof.",
        description="Errors are `application/problem+json`. Reads carry an ETag. See docs/api.md, docs/subscribe.md.",
        responses=problem_answers(),
        docs_url=None,  # the bundled pages load scripts from a CDN
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    answer_problems(app)
    app.state.served = served  # what handlers are given (serving.py)
    for part in (alerts, stories, catalogue, feeds, pages, rules, subscriptions, status, page):
        app.include_router(part.router)
    _add_contracts(app)
    return app


def _add_contracts(app: FastAPI) -> None:
    """Add the AsyncAPI document, and both contracts as a page."""

    @app.get("/v1/asyncapi.json", include_in_schema=False)
    async def asyncapi_(request: Request) -> Response:
        return answer(request, asyncapi())

    @app.get("/v1/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        found = contract_page(app.openapi(), asyncapi())
        return answer(request, found.encode(), media_type="text/html; charset=utf-8")


def build_site(served: Served) -> Any:
    """Return the ASGI application behind its guard."""
    return Guard(build_api(served), served)
