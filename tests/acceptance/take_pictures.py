"""Takes the pictures of the page for the documents: `python -m tests.acceptance.take_pictures`."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from playwright.async_api import async_playwright
from pydantic import SecretStr

from runtime.monitor_metrics import STANDING, STREAM
from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from schemas import streams
from services.desk.desk import open_desk
from services.tag.text_to_article import article_from_text
from tests.acceptance.a_newsroom import ITEMS, a_week
from tests.acceptance.conftest import ARGUMENTS, find_chromium
from tests.stages.a_deliver import a_deliver

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


async def fill_archive(redis: Any, settings: RuntimeSettings) -> None:
    """Put a week of articles into the archive, so that a backtest has something to draw."""
    desk, now = open_desk(), datetime.now(UTC)
    for day in range(7, -1, -1):
        for n, item in enumerate(ITEMS):
            for copy in range((day * 3 + n) % 4):
                text = f"{item.quote} It was report {day}{n}{copy}.\n\nMore is not known, said source {copy}."
                at = now - timedelta(days=day, minutes=n * 50 + copy)
                article = article_from_text(f"pg_{day}{n}{copy}", f"{item.title} ({copy})", text)
                tagged = desk.tag(article.model_copy(update={"fetched_at": at}))
                entry = {"d": tagged.to_json(), "at": int(at.timestamp() * 1000)}
                await redis.xadd(settings.keys(streams.ARCHIVE)[0], entry)


async def take(browser: Any, url: str) -> None:
    for scheme, width, height, views in (
        ("light", 1280, 860, ("alerts", "story", "why", "rules", "actors", "health")),
        ("dark", 1280, 860, ("alerts", "story", "actors")),
        ("light", 390, 800, ("alerts", "story", "health")),
    ):
        context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = await context.new_page()
        for view in views:
            await SCENES[view](page, url)
            name = view + ("" if scheme == "light" else "-dark") + ("" if width > 500 else "-narrow")
            await page.wait_for_timeout(600)
            await page.screenshot(path=PICTURES / f"page-{name}.png")
        await context.close()


async def alerts(page: Any, url: str) -> None:
    await page.goto(f"{url}/#/alerts")
    await page.wait_for_selector("article.alert")
    await page.wait_for_selector("#live[data-state=on]")


async def story(page: Any, url: str) -> None:
    await page.goto(f"{url}/#/stories")
    await page.locator("a.story", has_text="3 independent").first.click()
    await page.wait_for_selector(".timeline")


async def why(page: Any, url: str) -> None:
    await page.goto(f"{url}/#/why")
    await page.get_by_label("Rule").select_option("niger-russia-military", timeout=60_000)
    await page.get_by_role("button", name="Try an example").click()
    await page.locator("details[open]").wait_for(timeout=60_000)
    await page.locator(".verdict").scroll_into_view_if_needed()
    await page.evaluate("window.scrollTo(0, document.querySelector('.verdict').getBoundingClientRect().top - 90)")


async def rules(page: Any, url: str) -> None:
    await page.goto(f"{url}/#/rules")
    await page.get_by_role("button", name="Niger and Russia: military ties").click(timeout=60_000)
    await page.get_by_role("button", name="Try it on the past").click()
    await page.locator("svg.bars").wait_for(timeout=60_000)
    await page.evaluate("window.scrollTo(0, 190)")


async def actors(page: Any, url: str) -> None:
    await page.goto(f"{url}/#/actors")
    await page.wait_for_selector(".graph .actor")


async def health(page: Any, url: str) -> None:
    await page.goto(f"{url}/#/health")
    await page.wait_for_selector(".stage")
    await page.wait_for_timeout(3500)


SCENES = {"alerts": alerts, "story": story, "why": why, "rules": rules, "actors": actors, "health": health}


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="no") as server:
        settings = RuntimeSettings(redis_url=SecretStr(server.url))
        redis = connect(server.url)
        await a_week(redis, settings)
        await fill_archive(redis, settings)
        for stage in streams.STAGES:
            stream = settings.keys(streams.READS[stage])[0]
            await redis.xgroup_create(stream, "g:" + stage, id="0", mkstream=True)
            await redis.xgroup_createconsumer(stream, "g:" + stage, "one")
            await redis.hset(
                settings.keys("stats", stage)[0], mapping={"in": 1284, "out": 1201, "dropped:too_short": 83}
            )
        await redis.hset(
            settings.keys("stats", "produce")[0], mapping={"in": 1300, "out": 1284, "dropped:duplicate": 16}
        )
        canary = {"at": datetime.now(UTC).timestamp(), "seconds": 0.31, "every_seconds": 60.0}
        silent = {"source": ["bamako-hebdo"], "rule": [], "language": []}
        standing = {"canary": orjson.dumps(canary), "silent": orjson.dumps(silent)}
        await redis.hset(settings.keys(STREAM, STANDING)[0], mapping=standing)
        async with async_playwright() as playwright, a_deliver(settings) as running:
            path = find_chromium(playwright.chromium.executable_path)
            browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            await take(browser, running.url)
            await browser.close()
        await redis.aclose()


if __name__ == "__main__":
    asyncio.run(main())
