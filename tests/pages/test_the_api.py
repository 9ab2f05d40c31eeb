"""Every request that a page shows in a line, such as `GET /v1/alerts/{id}`, is answered by a running deliver."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.pages.reading import PAGES, ROOT
from tests.pages.session import Session

REQUESTS = sorted(
    {found for text in PAGES.values() for found in re.findall(r"`(GET|POST|PUT|DELETE) (/[^` ]*)`", text)}
)
ORDER = ("GET", "POST", "PUT", "DELETE")  # a rule is written before it is deleted
RULE = "rules:\n  - id: my-rule\n    when: Chad and energy\n"
BODIES: dict[str, Any] = {
    "/v1/rules/validate": {"yaml": RULE},
    "/v1/rules/test": {"yaml": RULE},
    "/v1/rules/backtest": {"yaml": RULE},
    "/v1/rules/explain": {"text": "Niger and Russia met."},
    "PUT /v1/rules/{id}": {"yaml": RULE},
}


@pytest.mark.parametrize(("method", "path"), sorted(REQUESTS, key=lambda one: (ORDER.index(one[0]), one)))
def test_a_request_is_answered(method: str, path: str, session: Session) -> None:
    """It is an operation of the contract, and ends with 2xx for what the session has."""
    operations = json.loads((ROOT / "schemas/generated/openapi.json").read_text(encoding="utf-8"))["paths"]
    shown = path.replace("newsroom", "{id}")
    ids = {"alerts": session.known["alert"], "stories": session.known["story"], "subscriptions": "newsroom"}
    ids |= {"actors": "NER", "rules": "my-rule" if method in ("PUT", "DELETE") else "niger-russia-military"}
    id = next((id for name, id in ids.items() if f"/{name}/" in path), "")
    body: dict[str, Any] = {"json": BODIES.get(path) or BODIES.get(f"{method} {path}")}
    if path == "/v1/pages":
        body = {
            "content": (ROOT / "seeds/002_62f4774eb39e6342.txt").read_bytes(),
            "headers": {"content-type": "text/plain"},
        }

    with httpx.Client(base_url=session.known["url"], trust_env=False, timeout=60) as client:
        if method == "DELETE":
            body = {"headers": {"if-match": client.get(f"/v1/rules/{id}").headers["rule-version"]}}
        with client.stream(method, path.replace("{id}", id), **body) as answer:
            status = answer.status_code

    assert status // 100 == 2
    assert shown in ("/livez", "/readyz", "/metrics") or method.lower() in operations[shown]


def test_every_operation_of_the_contract_is_shown() -> None:
    """docs/api.md leaves none out."""
    operations = json.loads((ROOT / "schemas/generated/openapi.json").read_text(encoding="utf-8"))["paths"]
    every = {(method.upper(), path) for path, methods in operations.items() for method in methods}

    assert every - {(method, path) for method, path in REQUESTS} == set()
