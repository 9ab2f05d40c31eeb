"""The rest of the page's functions in a real browser, one test each: charts, catalogue, sources, keyboard, notices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from runtime.monitor_metrics import STANDING, STREAM
from runtime.settings import RuntimeSettings
from tests.acceptance.a_newsroom import HOSTILE, ITEMS, a_report, a_week
from tests.acceptance.test_page import PATIENCE_SECONDS, a_page, violations
from tests.stages.a_deliver import a_deliver, rung
from tests.wait import until

pytestmark = pytest.mark.browser
PLAY_STEP_MS = 350  # of actors.js
RTL = "\u202eلا تثق\u202c בדיקה <b>bold</b> \u2067x"


async def monitored(redis: Any, settings: RuntimeSettings, *, age: timedelta, quiet: tuple[str, ...] = ()) -> None:
    """Write what the monitor writes: its last canary, and who is quiet."""
    canary = {"at": (datetime.now(UTC) - age).timestamp(), "seconds": 0.31, "every_seconds": 60.0}
    told = {"canary": orjson.dumps(canary), "silent": orjson.dumps({"source": list(quiet), "rule": [], "language": []})}
    await redis.hset(settings.keys(STREAM, STANDING)[0], mapping=told)


async def test_an_actor_is_found_by_any_of_its_names(settings: RuntimeSettings, browser: Any) -> None:
    """The catalogue is searched by a capital, without accents, and says so when nobody has the name."""
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.goto(f"{running.url}/#/actors")
        search = page.get_by_label("Find an actor by any of its names")
        await search.fill("niamey")
        await page.locator(".whom code", has_text="NER").wait_for()
        names = await page.locator(".whom li", has=page.locator("code", has_text="NER")).inner_text()
        await search.fill("nobody is called so")
        await page.get_by_text("0 actors of that name").wait_for()

        assert "Niger" in names and "Niamey" in names


async def test_every_source_stands_in_a_table(settings: RuntimeSettings, browser: Any) -> None:
    """Opened on request; one row a source of the registry, with its state in words."""
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        known = (await running.http.get("/v1/catalogue/sources", timeout=PATIENCE_SECONDS)).json()["sources"]
        await page.goto(f"{running.url}/#/health")
        await page.get_by_text("Sources, and how each stands").click()
        await page.locator(".sources tbody tr").first.wait_for()

        assert await page.locator(".sources tbody tr").count() == len(known) > 0
        assert set(await page.locator(".sources tbody td:nth-child(4)").all_inner_texts()) <= {"off", "unread"}


async def test_a_story_has_a_chart_of_its_growth(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Two lines that rise, in words as well; who tells it, its rules, and the way to STIX stand beside it."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.goto(f"{running.url}/#/stories")
        await page.locator("a.story", has_text="3 independent origins").first.click()
        chart = page.locator("svg.rising")
        await chart.wait_for()
        ends = await chart.locator("text[data-series]").all_text_contents()
        paths = await chart.locator("path").evaluate_all("all => all.map(one => one.getAttribute('d'))")
        stix = await page.get_by_role("link", name="As STIX 2.1").get_attribute("href")

        assert await chart.get_attribute("aria-label") == "Grew to 5 pages of 3 independent origins"
        assert sorted(ends) == ["3", "5"]
        assert all(path.count("V") == 2 and "NaN" not in path for path in paths) and len(paths) == 2
        assert (await running.http.get(stix)).json()["type"] == "bundle"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        pytest.param(timedelta(seconds=5), "A test page of our own went the whole way", id="in time"),
        pytest.param(timedelta(minutes=9), "one is due every 60 s", id="late"),
        pytest.param(None, "No monitor runs beside this pipeline", id="none"),
    ],
)
async def test_the_canary_says_whether_the_whole_way_works(
    redis: Any, settings: RuntimeSettings, browser: Any, age: timedelta | None, words: str
) -> None:
    """Its last arrival stands on top, and who is unusually quiet below it."""
    if age is not None:
        await monitored(redis, settings, age=age, quiet=("bamako-hebdo",))
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.goto(f"{running.url}/#/health")
        await page.locator(".canary", has_text=words).wait_for()

        assert await page.get_by_text("Unusually quiet: source bamako-hebdo").count() == (age is not None)


async def test_alerts_are_counted_over_time(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """The bars and the words over them are of the time that was chosen, and of the filter."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        words = page.locator("#pulse-words")
        await words.wait_for()
        week = int((await words.inner_text()).split()[0])
        await page.get_by_label("Time shown").select_option("24")
        await _until(page, f"parseInt(document.getElementById('pulse-words').textContent) < {week}")
        day = int((await words.inner_text()).split()[0])
        bars = await page.locator(".pulse rect[data-layer]").count()

        assert week > day > 0 and bars > 0


async def test_older_alerts_are_brought_and_new_ones_do_not_push_the_reader(
    redis: Any, settings: RuntimeSettings, browser: Any
) -> None:
    """Paging goes back to the first; whoever reads further down is told of news and brings it himself."""
    await rung(redis, settings, *(a_report(n, ITEMS[n % 5], datetime.now(UTC)) for n in range(40)))
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.wait_for_selector("#live[data-state=on]")
        await page.get_by_role("button", name="Older alerts").click()
        await _until(page, "document.querySelectorAll('article.alert').length === 40")
        await page.evaluate("window.scrollTo(0, 2000)")
        await rung(redis, settings, a_report(77, ITEMS[1], datetime.now(UTC)))
        await page.get_by_role("button", name="Show 1 new alert").click()
        await page.locator("article.alert.new").wait_for()

        assert await page.locator("article.alert").count() == 41
        assert await page.evaluate("document.activeElement.matches('article.alert.new')")


async def test_everything_can_be_done_with_the_keyboard(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Skip link, list of keys, alert to proof to story and back, a node of the graph; nothing traps the focus."""
    await a_week(redis, settings)
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.wait_for_selector("article.alert")
        await page.keyboard.press("Tab")
        skip = await page.evaluate("document.activeElement.textContent")
        await page.keyboard.press("?")
        await page.locator("dialog#keys[open]").wait_for()
        await page.keyboard.press("Escape")
        await page.locator("dialog#keys[open]").wait_for(state="hidden")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        await page.locator("article.alert:focus").wait_for()
        await page.keyboard.press("Enter")
        await page.locator("article.alert:focus dl.proof").wait_for()
        await page.keyboard.press("s")
        await page.locator("svg.rising, .timeline").first.wait_for()
        await page.keyboard.press("5")
        await page.locator(".graph .actor").first.wait_for()
        await page.locator(".graph .actor").first.focus()
        await page.keyboard.press("Enter")
        await page.locator("article.alert").first.wait_for()
        seen = set()
        for _ in range(60):
            await page.keyboard.press("Tab")
            seen.add(await page.evaluate("document.activeElement.outerHTML.slice(0, 160)"))

        assert skip == "Skip to content"
        assert len(seen) > 20 and page.url.endswith("#/alerts")


async def test_time_is_played_in_the_graph(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Play begins at the start and goes on step by step; what is drawn is always what the slider says."""
    await a_week(redis, settings)
    widths = "all => all.map(one => Number(one.getAttribute('stroke-width')))"
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.goto(f"{running.url}/#/actors")
        await page.locator(".graph .actor").first.wait_for()
        slider, lines = page.get_by_label("Up to"), page.locator(".graph line")
        await page.clock.install()
        await page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=30))  # from here on, time is ours to give
        await page.get_by_role("button", name="Play").click()
        played = [(await slider.input_value(), sum(await lines.evaluate_all(widths)))]
        for _ in range(2):
            await page.clock.run_for(10 * PLAY_STEP_MS)
            played.append((await slider.input_value(), sum(await lines.evaluate_all(widths))))
        await page.get_by_role("button", name="Stop").click()
        await page.clock.run_for(10 * PLAY_STEP_MS)
        stopped, shown = await slider.input_value(), await lines.evaluate_all(widths)
        await slider.fill(stopped)  # by hand
        by_hand = await lines.evaluate_all(widths)
        await page.get_by_role("button", name="Play").click()
        await page.clock.run_for(24 * PLAY_STEP_MS)

        assert [at for at, _ in played] == ["1", "11", "21"]
        assert played[0][1] < played[1][1] < played[2][1]
        assert stopped == "21" and shown == by_hand
        assert await slider.input_value() == "24" and await page.get_by_role("button", name="Play").count() == 1


async def test_text_of_any_direction_stays_in_its_place(redis: Any, settings: RuntimeSettings, browser: Any) -> None:
    """Marks and markup in titles, stories and explained texts are text, in every view that shows them."""
    given = {"title": RTL, "rule_title": HOSTILE, "because": RTL, "story": "st_rtl"}
    await rung(redis, settings, a_report(1, ITEMS[0], datetime.now(UTC), **given))
    async with a_deliver(settings) as running, a_page(browser, running) as page:
        await page.goto(f"{running.url}/#/stories/st_rtl")
        await page.locator(".timeline").wait_for()
        story = await page.locator(".story-page h2 bdi").inner_text()
        await page.goto(f"{running.url}/#/why")
        await page.get_by_role("textbox", name="Title").fill(HOSTILE)
        await page.get_by_role("textbox", name="Text", exact=True).fill(f"Niger {HOSTILE} {RTL}")
        await page.get_by_role("button", name="Explain").click()
        await page.locator(".verdict").wait_for()
        text = await page.locator(".article").inner_text()
        foreign = await page.locator("main script, main img, main b:has-text('bold')").count()
        bidi = await page.locator(".article").evaluate("one => getComputedStyle(one).unicodeBidi")

        assert story == RTL and HOSTILE in text and foreign == 0
        assert bidi in ("isolate", "plaintext")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_opens_later_is_for_everyone_too(
    redis: Any, settings: RuntimeSettings, browser: Any, scheme: str
) -> None:
    """axe finds nothing in dialogs, open proofs, filters, tables, an explanation; nothing sticks out at 320 pixels."""
    await a_week(redis, settings)
    await monitored(redis, settings, age=timedelta(seconds=1), quiet=("bamako-hebdo",))
    narrow = {"width": 320, "height": 700}
    async with a_deliver(settings) as running, a_page(browser, running, color_scheme=scheme, viewport=narrow) as page:
        await page.locator("article.alert button.plain").first.click()
        await page.get_by_role("button", name="Filters").click()
        await _is_fine(page, "alerts, open")
        await page.keyboard.press("Escape")
        await page.locator("h1").first.evaluate("one => document.activeElement.blur()")
        await page.keyboard.press("?")
        await page.locator("dialog#keys[open]").wait_for()
        await _is_fine(page, "keys")
        await page.keyboard.press("Escape")
        await page.goto(f"{running.url}/#/actors")
        await page.get_by_text("As a table").click()
        await page.get_by_label("Find an actor by any of its names").fill("niamey")
        await page.locator(".whom code").first.wait_for()
        await _is_fine(page, "actors, open")
        await page.goto(f"{running.url}/#/health")
        await page.get_by_text("Sources, and how each stands").click()
        await page.locator(".sources tbody tr").first.wait_for()
        await _is_fine(page, "health, open")
        await page.goto(f"{running.url}/#/why")
        await page.get_by_role("button", name="Try an example").click()
        await page.locator(".verdict").wait_for()
        await page.locator("details.card summary").first.click()
        await _is_fine(page, "why, answered")


async def _until(page: Any, expression: str) -> None:
    """Wait for something to hold in the page; its policy forbids the page to evaluate text by itself."""
    await until(lambda: page.evaluate(expression), describe=expression, within_seconds=PATIENCE_SECONDS)


async def _is_fine(page: Any, where: str) -> None:
    assert await violations(page) == [], where
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320, where
