"""The page in a real browser: every function of it, for the eye, the keyboard and the screen reader."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import RuntimeSettings
from services.deliver.access import token_line
from services.deliver.adapters.desk_process import START_SECONDS
from tests.acceptance.a_newsroom import HOSTILE, ITEMS, a_report, a_week
from tests.stages.a_deliver import Running, a_deliver, rung
from tests.stages.test_deliver_rules import RULE, archive
from tests.wait import until

pytestmark = pytest.mark.browser
PATIENCE_SECONDS = START_SECONDS + 30  # the desk may take so long to start on a busy machine, which is slow, not wrong
VIEWS = ("alerts", "stories", "why", "rules", "actors", "health")
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
SHOWN = {  # what stands there when a view is drawn
    "alerts": "article.alert",
    "stories": "a.story",
    "why": "option:nth-child(2)",
    "rules": "#check .ok",
    "actors": ".graph .actor",
    "health": ".stage",
}


@contextlib.asynccontextmanager
async def a_page(browser: Any, running: Running, **given: Any) -> AsyncIterator[Any]:
    """A page of the browser; whatever it complains about fails the test."""
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **given})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append("dialog: " + dialog.message))
    page.on("request", lambda r: None if r.url.startswith((running.url, "data:")) else complaints.append(r.url))
    await page.goto(running.url)
    yield page
    await context.close()
    expected = ("ERR_CONNECTION_REFUSED", "401 (Unauthorized)", "ERR_INCOMPLETE_CHUNKED", "422 (Unprocessable")
    assert [one for one in complaints if not any(part in one for part in expected)] == []


async def test_alerts_appear_with_their_proof_and_new_ones_by_themselves(
    redis: Any, settings: RuntimeSettings, browser: Any
) -> None:
    """Marks show what satisfies which clause; a new alert stands on top by itself; the keyboard opens the proof."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.wait_for_selector("#live[data-state=on]")
        before = await page.locator("article.alert").count()
        await rung(redis, settings, a_report(901, ITEMS[0], datetime.now(UTC)))
        card = page.locator("article.alert.new")
        await card.wait_for()

        marks = await card.locator("mark").all_inner_texts()
        hues = await card.locator("mark").evaluate_all("all => all.map(one => one.dataset.clause)")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        proof = await card.locator("dl.proof").inner_text()
        said = await page.locator("#said").inner_text()

        assert await page.locator("article.alert").count() == before + 1
        assert marks == ["Russia", "Niger", "military cooperation", "Russian Defense Ministry"]
        assert hues == ["actor:RUS", "actor:NER", "topic:military", "actor:RUS"]
        assert "SHA-256" in proof and "tocsin verify" in proof and "NER [Niger]" in proof
        assert said.startswith("New alert: Niger and Russia")


async def test_filters_show_what_was_asked_for(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """By severity, rule and words; what rings later is filtered too; an empty result says what to do."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.wait_for_selector("article.alert")
        await page.get_by_label("Severity").select_option("critical")
        calm = page.locator("article.alert:not([data-severity=critical])")
        await until(lambda: _is_zero(calm.count()), describe="only critical alerts are shown")
        await rung(
            redis, settings, a_report(902, ITEMS[0], datetime.now(UTC)), a_report(903, ITEMS[1], datetime.now(UTC))
        )
        await page.locator("article.alert.new").wait_for()
        severities = await page.locator("article.alert").evaluate_all("all => all.map(one => one.dataset.severity)")
        await page.keyboard.press("/")
        await page.locator("input:focus").wait_for()  # a key goes to what has the focus, and `/` moves it
        await page.keyboard.type("no such words")
        await page.get_by_text("Nothing rang for this filter").wait_for()

        assert set(severities) == {"critical"}


async def _is_zero(count: Any) -> bool:
    return bool(await count == 0)


async def test_hostile_titles_are_text_and_nothing_else(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """No script runs, no element appears, direction marks stay inside, and only links to the web are links."""
    given = {"title": HOSTILE, "rule_title": HOSTILE, "because": HOSTILE, "url": "javascript:alert(3)"}
    await rung(redis, settings, a_report(1, ITEMS[0], datetime.now(UTC), **given))
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.locator("article.alert button.plain").click()
        for view in VIEWS:
            await page.goto(f"{running.url}/#/{view}")
            await page.locator(SHOWN[view]).first.wait_for(state="attached")
            assert await page.locator("main script, main img, main iframe, a[href^='javascript']").count() == 0
        await page.goto(f"{running.url}/#/alerts")

        assert await page.locator("h2.headline").inner_text() == HOSTILE
        assert await page.locator("h2.headline .foreign").evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"


async def test_a_story_shows_how_it_grew(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """From an alert to its story: pages, origins, and which step made it stronger."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.wait_for_selector("article.alert")
        await page.keyboard.press("2")
        await page.locator("a.story", has_text="3 independent origins").first.click()
        await page.wait_for_selector(".timeline")

        assert await page.locator(".timeline li").count() == 3
        assert await page.locator(".timeline li.opened").count() == 1
        assert await page.locator(".timeline li.grew").count() == 2


async def test_why_not_explains_a_silence(settings: RuntimeSettings, browser: Any) -> None:
    """A pasted text: what is true, what is not, how near it came, and what was read of it."""
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.keyboard.press("3")
        await page.get_by_role("button", name="Try an example").click()
        await page.locator(".verdict").wait_for()
        await page.locator("details.card summary").first.click()

        assert "silent" in await page.locator(".verdict").inner_text()
        assert await page.locator("details[open] .near").first.is_visible()
        assert {"Niger", "France", "Russia", "Mali"} <= set(await page.locator(".article mark").all_inner_texts())


async def test_rules_are_checked_tested_tried_and_saved(
    redis: Any, settings: RuntimeSettings, browser: Any, tmp_path: Path
) -> None:
    """A mistake is shown with its place while one types; tests and the past answer; a good rule is saved."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "france.yaml").write_text(RULE)
    own = settings.model_copy(update={"watch_dir": tmp_path})
    await archive(redis, own)
    async with a_deliver(own, rules_writable=True) as running, a_page(browser, running) as page:
        await page.keyboard.press("4")
        await page.get_by_role("button", name="Niger and France: soldiers").click()
        editor = page.get_by_label("Rule as YAML")
        await editor.fill(RULE.replace("military", "millitary"))
        await page.locator(".mistake").wait_for()
        mistake = await page.locator(".mistake").first.inner_text()
        await editor.fill(RULE.replace("within: sentence", "within: paragraph"))
        await page.locator("#check .ok").wait_for()
        await page.get_by_role("button", name="Run its tests").click()
        await page.get_by_text("all 2 tests pass").wait_for()
        await page.get_by_role("button", name="Try it on the past").click()
        await page.locator("svg.bars").wait_for()
        backtest = await page.locator(".counts").inner_text()
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("Saved; the alerter").wait_for()

        assert mistake.startswith("4:")
        assert "1 alerts" in backtest and "1 with the rule in force" in backtest
        assert "within: paragraph" in (tmp_path / "rules" / "france.yaml").read_text()


async def test_actors_are_a_graph_over_time_and_a_table(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Nodes and lines, a slider that takes time back, and the same as a table; an actor leads to its alerts."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.keyboard.press("5")
        await page.wait_for_selector(".graph .actor")
        names = set(await page.locator(".graph text").all_text_contents())
        widths = "all => all.reduce((sum, one) => sum + Number(one.getAttribute('stroke-width')), 0)"
        now = await page.locator(".graph line").evaluate_all(widths)
        await page.get_by_label("Up to").fill("2")
        then = await page.locator(".graph line").evaluate_all(widths)
        await page.get_by_text("As a table").click()
        rows = await page.locator("tbody tr").count()
        await page.locator(".actor[data-id=MLI]").click()
        await page.wait_for_selector("article.alert")

        assert {"Niger", "Mali", "Russia"} <= names
        assert now > then >= 0 and rows >= 5
        assert page.url.endswith("#/alerts")
        assert await page.get_by_label("Actor").input_value() == "MLI"


async def test_health_says_in_words_what_is_wrong(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Stages without workers need a person; the numbers are those of the pipeline."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.keyboard.press("6")
        await page.get_by_text("Something needs a person.").wait_for()

        assert await page.get_by_text("nobody works here").count() == 3
        assert await page.locator(".stage").count() == 5


async def test_the_page_comes_back_by_itself_and_misses_nothing(
    redis: Any, settings: RuntimeSettings, browser: Any
) -> None:
    """The process is restarted; what rang in between stands there once it is back."""
    async with contextlib.AsyncExitStack() as before:
        running = await before.enter_async_context(a_deliver(settings))
        async with a_page(browser, running) as page:
            await page.wait_for_selector("#live[data-state=on]")
            await before.aclose()
            await page.wait_for_selector("#live[data-state=off]")
            await rung(redis, settings, a_report(904, ITEMS[2], datetime.now(UTC)))
            async with a_deliver(settings, port=running.app.port):
                await page.wait_for_selector("#live[data-state=on]")
                await page.locator("article.alert.new").wait_for()


async def test_a_token_is_asked_for_and_kept_for_the_tab(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Without one nothing is shown; with one everything is, also the live alerts."""
    await a_week(redis, settings)
    token = "a-token-of-an-analyst"
    async with (
        a_deliver(settings, tokens=token_line("ana", ("read",), token)) as running,
        a_page(browser, running) as page,
    ):
        await page.get_by_role("textbox", name="Token").fill(token)
        await page.get_by_role("button", name="Go on").click()
        await page.wait_for_selector("article.alert")
        await page.wait_for_selector("#live[data-state=on]")

        assert token not in await page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everyone_can_use_every_view(redis: Any, settings: RuntimeSettings, browser: Any, scheme: str) -> None:
    """Controls have names, headings stand in order, nothing sticks out of a narrow screen; axe finds no violation."""
    await a_week(redis, settings)
    async with (
        a_deliver(settings) as running,
        a_page(browser, running, color_scheme=scheme, viewport={"width": 320, "height": 700}) as page,
    ):
        for view in VIEWS:
            await page.goto(f"{running.url}/#/{view}")
            await page.locator(SHOWN[view]).first.wait_for(state="attached")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, view
            assert await page.evaluate(UNNAMED) == [], view
            assert await page.evaluate("document.querySelectorAll('main h1').length") == 1, view
            assert await violations(page) == [], view
        await page.set_viewport_size({"width": 1280, "height": 900})
        for view in VIEWS:
            await page.goto(f"{running.url}/#/{view}")
            await page.locator(SHOWN[view]).first.wait_for(state="attached")
            assert await violations(page) == [], f"{view}, wide"
        await page.goto(f"{running.url}/#/stories")
        await page.locator("a.story", has_text="3 independent origins").first.click()
        await page.wait_for_selector(".timeline")
        assert await violations(page) == [], "a story"


async def violations(page: Any) -> list[tuple[str, list[str]]]:
    """Return what axe finds wrong in the page as it is now."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document)")
    assert len(found["passes"]) > 10
    return [(one["id"], [node["html"] for node in one["nodes"][:2]]) for one in found["violations"]]


UNNAMED = """[...document.querySelectorAll('button, a, input, select, textarea, [role=link]')]
  .filter(one => one.checkVisibility() && !(one.innerText || one.textContent || '').trim()
    && !one.getAttribute('aria-label') && !(one.labels && one.labels.length))
  .map(one => one.outerHTML)"""
