"""`/v1/rules`: read, check, explain, test and backtest rules; and, where it is allowed, write them."""

import base64
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Header, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from runtime.errors import TocsinError
from services.deliver.adapters.desk_process import DeskProcess
from services.deliver.adapters.http.answers import answer
from services.deliver.adapters.http.idempotency import once
from services.deliver.adapters.http.rule_models import (
    BacktestFound,
    Explained,
    RuleDetail,
    RuleDraft,
    RuleList,
    RulesChecked,
    RulesTested,
    RuleText,
)
from services.deliver.adapters.http.serving import Serving
from services.deliver.adapters.served import Served
from services.deliver.addresses import ForbiddenTarget
from services.deliver.problems import Problem

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FETCHED_BYTES = 2 * 1024 * 1024
router = APIRouter(prefix="/v1/rules", tags=["rules"])


class ToExplain(BaseModel):
    """A text or the URL of a page, and the rule (or a draft) to ask about it; without either, all rules are asked."""

    text: str = Field(default="", max_length=1_000_000)
    title: str = Field(default="", max_length=2000)
    url: str | None = Field(default=None, max_length=4096)
    is_page: bool = False  # the text is a whole page, to be cleaned first
    language: str | None = Field(default=None, max_length=8)
    rule: str = Field(default="", max_length=200)
    yaml: str = Field(default="", max_length=500_000)


class ToBacktest(RuleDraft):
    """A draft, and from when on it is tried."""

    since: AwareDatetime | None = None


async def _found(desk: DeskProcess, id: str) -> dict[str, Any]:
    rules = (await desk.ask("rules"))["rules"]
    rule: dict[str, Any] | None = next((one for one in rules if one["id"] == id), None)
    if rule is None:
        raise Problem(404, "no-such-rule", f"no rule is called '{id[:60]}'")
    return rule


@router.post("/validate", response_model=RulesChecked, summary="Check a draft")
async def validate(request: Request, served: Serving, draft: RuleDraft) -> Response:
    return answer(request, await served.desk.ask("validate", yaml=draft.yaml))


@router.post("/test", response_model=RulesTested, summary="Run the tests that stand in a draft")
async def test(request: Request, served: Serving, draft: RuleDraft) -> Response:
    return answer(request, await served.desk.ask("test", yaml=draft.yaml))


@router.post("/backtest", response_model=BacktestFound, summary="Try a draft on the articles of the past")
async def backtest(request: Request, served: Serving, draft: ToBacktest) -> Response:
    since = max(draft.since, EPOCH).isoformat() if draft.since else ""
    return answer(request, await served.desk.ask("backtest", yaml=draft.yaml, since=since))


@router.post("/explain", response_model=Explained, summary="Ask why a text rings, or why not")
async def explain(request: Request, served: Serving, asked: ToExplain) -> Response:
    question: dict[str, Any] = {"text": asked.text, "title": asked.title, "is_page": asked.is_page}
    if asked.url:
        question = await fetched(served, asked.url)
    elif not asked.text.strip() and not asked.title.strip():
        raise Problem(422, "nothing-asked", "expected a text or a URL")
    question["language"] = asked.language
    if asked.rule and not asked.yaml:
        await _found(served.desk, asked.rule)
    return answer(request, await served.desk.ask("explain", question=question, rule=asked.rule, yaml=asked.yaml))


@router.get("", response_model=RuleList, summary="List rules")
async def list_(request: Request, served: Serving) -> Response:
    return answer(request, {**await served.desk.ask("rules"), "writable": served.rules.is_writable})


@router.get("/{id}", response_model=RuleDetail, summary="Get a rule")
async def get(request: Request, served: Serving, id: str) -> Response:
    rule = await _found(served.desk, id)
    response = answer(request, {**rule, "writable": served.rules.is_writable and rule["is_alone"]})
    response.headers["rule-version"] = rule["version"]
    return response


@router.put("/{id}", response_model=RuleDetail, summary="Create or change a rule in the watch folder")
async def put(
    request: Request,
    served: Serving,
    id: str,
    text: RuleText,
    if_match: Annotated[str | None, Header(description="version of the rule that is changed")] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    async def work() -> Response:
        await served.rules.put(served.desk, id, text.yaml, expected=if_match, who=request.state.client)
        return answer(request, {**await _found(served.desk, id), "writable": True})

    return await once(served, request, idempotency_key, text.yaml.encode(), work)


@router.delete("/{id}", status_code=204, summary="Delete a rule from the watch folder")
async def delete(
    request: Request,
    served: Serving,
    id: str,
    if_match: Annotated[str | None, Header(description="version of the rule that is deleted")] = None,
) -> Response:
    await served.rules.delete(served.desk, id, expected=if_match, who=request.state.client)
    return Response(status_code=204)


async def fetched(served: Served, url: str) -> dict[str, Any]:
    """Return a page of the web as a question; every redirect is judged like the first address."""
    if not served.deliver.explain_urls:
        raise Problem(403, "no-fetching", "this server fetches no pages; paste the text instead")
    try:
        headers = {"user-agent": "Tocsin/1 (explain)", "accept": "text/html, text/plain;q=0.8"}
        found = await served.outgoing.get(url, headers=headers, most_bytes=FETCHED_BYTES)
    except ForbiddenTarget as error:
        raise Problem(422, "forbidden-target", str(error)) from None
    except TocsinError as error:
        raise Problem(422, "not-fetched", f"the page could not be read: {error}") from None
    except httpx.HTTPError as error:
        raise Problem(422, "not-fetched", f"the page could not be fetched: {type(error).__name__}") from None
    if found.status != httpx.codes.OK:
        raise Problem(422, "not-fetched", f"the page could not be fetched: status {found.status}")
    return {
        "raw_base64": base64.b64encode(found.body).decode(),  # its charset is the desk's to find, as in the pipeline
        "url": found.url,
        "content_type": found.headers.get("content-type"),
        "is_page": True,
    }
