"""An edited page on its whole way: a new revision of the same page, and never a second alert."""

from datetime import UTC, datetime

from services.alert.ledger import State
from services.alert.memory import Memory, Record
from services.alert.stories import StoryIndex
from services.alert.tagged_article_to_alerts import candidate_of, decide
from services.desk.desk import open_desk
from tests.site_farm.http import Server
from tests.site_farm.producing import pages, producing, specs_of
from tests.site_farm.sites import Farm
from tests.stages.test_produce_feeds import item, rss
from tests.wait import until

FLASH = (
    "<p>Niger and Russia have agreed to strengthen their military cooperation, the defence ministry in Moscow said on"
    " Tuesday after talks with a visiting delegation.</p><p>No further details of the meeting were available.</p>"
)
REWRITTEN = (
    "<p>A convoy of trucks carrying Russian military instructors reached Niamey overnight, residents of the capital"
    " told reporters, weeks after the junta in Niger sent French troops home.</p><p>General Salifou Mody had flown to"
    " the talks with 14 officers, and both armies now plan joint training near Agadez by the spring, a statement"
    " read out on state television said.</p><p>Western diplomats called the deal a setback that was long expected.</p>"
)


def article(body: str) -> str:
    return f"<html><head><title>Niger and Russia</title></head><body><article>{body}</article></body></html>"


async def test_an_edited_page_is_one_story_and_one_alert(redis, settings):
    """A flash is written anew from the first word to the last; readers are told once."""
    async with Server({}) as server:
        site = Farm(server.port).site("flash.farm.example")
        link = site.page("/flash", article(FLASH))
        announced = [item(link)]
        site.paths["/feed"] = lambda _: rss(*announced)
        server.handlers = {site.host: site.handle}

        async with producing(redis, settings, server, specs_of([site.url("/feed")])):
            await until(lambda: _count(redis, settings, 1), describe="the flash arrives")
            site.page("/flash", article(REWRITTEN))
            announced[:] = [item(link, title="Updated")]
            await until(lambda: _count(redis, settings, 2), describe="the edit arrives")

    first, second = await pages(redis, settings)
    assert (first.url, first.revision) == (second.url, 1)
    assert second.revision == 2
    assert _states([first, second]) == [State.RANG, State.DUPLICATE]
    # Were it not known to be an edit, it would be another story: nothing but the page binds the two texts.
    assert _states([first, second.model_copy(update={"revision": 1})]) == [State.RANG, State.RANG]


async def _count(redis, settings, count: int) -> bool:
    return len(await pages(redis, settings)) >= count


def _states(arrived) -> list[State]:
    """What becomes of niger-russia-military for each page, in the order they came."""
    desk, stories, now = open_desk(), StoryIndex(), datetime.now(UTC)
    store: dict[str, Record | None] = {}
    states = []
    for page in arrived:
        candidate = candidate_of(desk.read(page), desk.rulebook)
        assert candidate is not None, page.body
        memory = Memory(store)
        decision = decide([candidate], memory, stories, now)
        memory.settle(store)
        for leader in decision.leaders:
            stories.add(leader)
        states += [one.state for one in decision.outcomes[0] if one.rule == "niger-russia-military"]
    return states
