"""Who may do what, on a real server: tokens and scopes, strangers' pages in a browser, pace and size."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.errors import Misconfigured
from runtime.settings import RuntimeSettings
from services.deliver.access import token_line
from services.deliver.app import build
from services.deliver.settings import DeliverSettings
from tests.stages.a_deliver import a_deliver, is_problem

READ, PUSH = "read-token-0123456789abcdef", "push-token-0123456789abcdef"
TOKENS = "\n".join([token_line("reader", ("read",), READ), token_line("crawler", ("push",), PUSH)])


async def test_tokens_open_what_their_scopes_say(settings: RuntimeSettings, tmp_path: Path, caplog: Any) -> None:
    """Nobody without a token, everybody only as far as they may; feed readers use a password; none is ever logged."""
    file = tmp_path / "tokens"
    file.write_text(TOKENS)
    basic = {"authorization": "Basic " + base64.b64encode(f"any:{READ}".encode()).decode()}
    async with a_deliver(settings, token=READ, tokens_file=file) as running:
        url = running.url
        async with httpx.AsyncClient(base_url=url, trust_env=False) as anyone:
            nobody = await anyone.get("/v1/alerts")
            forged = await anyone.get("/v1/alerts", headers={"authorization": "Bearer " + READ + "x"})
            feed = await anyone.get("/v1/feeds/atom", headers=basic)
            page, live, metrics = [await anyone.get(path) for path in ("/", "/livez", "/metrics")]
            pushed = await anyone.post("/v1/pages", json={"body": "x"}, headers={"authorization": "Bearer " + PUSH})
            peek = await anyone.get("/v1/alerts", headers={"authorization": "Bearer " + PUSH})
        read = await running.http.get("/v1/alerts")
        push = await running.http.post("/v1/pages", json={"body": "x"})

    assert is_problem(nobody, 401, "token-needed") and "Bearer" in nobody.headers["www-authenticate"]
    assert is_problem(forged, 401, "token-needed")
    assert is_problem(peek, 403, "scope-needed") and is_problem(push, 403, "scope-needed")
    assert [r.status_code for r in (read, feed, page, live, pushed, metrics)] == [200, 200, 200, 200, 202, 401]
    everything = caplog.text + "".join(r.text for r in (nobody, forged, peek, push))
    assert READ not in everything and PUSH not in everything


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"host": "0.0.0.0"}, "others can reach", id="open to all without a token"),
        pytest.param({"tokens": "me read in-the-clear"}, "sha256:HASH", id="a token in the clear"),
        pytest.param({"tokens": "me fly sha256:" + "0" * 64}, "scope fly is unknown", id="an unknown scope"),
        pytest.param({"tokens_file": "/none/such"}, "cannot be read", id="no file"),
    ],
)
def test_an_unsafe_setup_does_not_start(settings: RuntimeSettings, given: dict[str, Any], message: str) -> None:
    """The refusal says what to change, and shows no token."""
    with pytest.raises(Misconfigured, match=message) as refusal:
        build(settings, DeliverSettings(port=0, **given))
    assert "in-the-clear" not in str(refusal.value)


async def test_pages_of_strangers_cannot_use_a_browser_against_us(settings: RuntimeSettings) -> None:
    """Without tokens: names that are not ours (DNS rebinding) and writes from other origins are refused."""
    async with a_deliver(settings) as running:
        rebound = await running.http.get("/v1/alerts", headers={"host": "evil.example"})
        foreign = await running.http.post("/v1/pages", json={"body": "x"}, headers={"origin": "https://evil.example"})
        own = await running.http.post("/v1/pages", json={"body": "x"}, headers={"origin": running.url})
        page = await running.http.get("/")
        preflight = await running.http.options("/v1/alerts", headers={"origin": "https://evil.example"})

    assert is_problem(rebound, 421, "unknown-name") and is_problem(foreign, 403, "foreign-page")
    assert own.status_code == 202
    assert "access-control-allow-origin" not in preflight.headers
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "require-trusted-types-for 'script'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_too_much_is_refused(settings: RuntimeSettings) -> None:
    """Large bodies before they are read whole, and clients that ask too often, until they slow down."""
    async with a_deliver(settings, request_bytes=1000, page_bytes=2000, requests_burst=4, requests_per_second=0.1) as r:
        large = await r.http.post("/v1/rules/validate", content=b"x" * 1001)
        page = await r.http.post("/v1/pages", content=b"x" * 10_000, headers={"content-type": "text/plain"})

        async def chunks() -> Any:
            for _ in range(20):
                yield b"x" * 1000

        unannounced = await r.http.post("/v1/pages", content=chunks(), headers={"content-type": "text/plain"})
        await r.http.get("/livez")
        hasty = await r.http.get("/livez")

    assert is_problem(large, 413, "too-large") and is_problem(page, 413, "too-large")
    assert is_problem(unannounced, 413, "too-large")
    assert is_problem(hasty, 429, "too-many-requests") and int(hasty.headers["retry-after"]) > 0
