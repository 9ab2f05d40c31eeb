"""Folders, archives and other people's streams: read once, in order, from where it was left."""

import gzip
import json
import os
import zipfile
from datetime import UTC, datetime

import pytest

from runtime.redis_client import connect
from services.produce.adapters.checkpoints import Checkpoints
from services.produce.refusals import Refusal
from services.produce.source_registry import SourceSpec
from services.produce.sources.warc import pages_of_warc
from tests.site_farm.archives import record, warc, write_warc
from tests.site_farm.http import Server
from tests.site_farm.producing import Readings, dropped, pages, producing, specs_of
from tests.site_farm.sites import article
from tests.wait import until

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HURRY = {"least_interval": 0.2}


@pytest.fixture
async def server():
    async with Server({}) as server:
        yield server


async def test_a_folder_is_read_as_files_come_in(redis, settings, server, tmp_path):
    """Files arrive once each, wherever they were moved from and however old they look; a changed file is read again."""
    inbox, elsewhere = tmp_path / "inbox", tmp_path / "old.html"
    (inbox / "deep").mkdir(parents=True)
    (inbox / "one.txt").write_text("one")
    (inbox / "deep" / "many.jsonl").write_text('{"body": "two"}\nwrong\n{"body": "three", "source": "s"}\n')
    elsewhere.write_text("<html>four")
    os.utime(elsewhere, (0, 0))

    async with producing(redis, settings, server, specs_of([str(inbox)], kind="folder"), **HURRY):
        await until(lambda: _count(redis, settings, 3), describe="three pages arrive")
        elsewhere.rename(inbox / "moved.html")
        await until(lambda: _count(redis, settings, 4), describe="the moved file arrives")
        (inbox / "one.txt").write_text("one, edited")
        await until(lambda: _count(redis, settings, 5), describe="the edited file arrives")
    async with producing(redis, settings, server, specs_of([str(inbox)], kind="folder"), **HURRY) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the folder was read again")

    arrived = await pages(redis, settings)
    assert sorted(page.body for page in arrived) == ["<html>four", "one", "one, edited", "three", "two"]
    assert {page.source.id for page in arrived} == {"folder0", "s"}
    assert await dropped(redis, settings, "invalid_line") == 1


async def _count(redis, settings, count: int) -> bool:
    return len(await pages(redis, settings)) >= count


async def test_a_folder_that_is_not_there_fails_and_recovers(redis, settings, server, tmp_path):
    """A mount that is missing is a failing source, not an empty one; it is read when it is back."""
    memory = Checkpoints(redis, prefix=settings.stream_prefix, partition=settings.tags[0])
    inbox = tmp_path / "inbox"

    async def has_failed() -> bool:
        found = (await memory.load()).get("folder0")
        return found is not None and found.failed_because == "unreadable_file"

    async with producing(redis, settings, server, specs_of([str(inbox)], kind="folder"), **HURRY):
        await until(has_failed, describe="the failure is noted")
        inbox.mkdir()
        (inbox / "one.txt").write_text("one")
        await until(lambda: _count(redis, settings, 1), describe="the page arrives")
        await until(lambda: _is_well(memory), describe="the failure is over")


async def _is_well(memory: Checkpoints) -> bool:
    return (await memory.load())["folder0"].failures == 0


async def test_archives_are_read_on_from_where_they_were_left(redis, settings, server, tmp_path):
    """New files behind the last one are read, old ones are not read again, and a WACZ is read like a WARC."""
    write_warc(tmp_path / "news-1.warc.gz", [article(f"a{n}").encode() for n in range(3)])
    specs = specs_of([str(tmp_path / "news-*")], kind="warc")

    async with producing(redis, settings, server, specs, **HURRY):
        await until(lambda: _count(redis, settings, 3), describe="the archive is read")
        write_warc(tmp_path / "news-2.wacz", [article(f"b{n}").encode() for n in range(3)])
        await until(lambda: _count(redis, settings, 6), describe="the second archive is read")
    async with producing(redis, settings, server, specs, **HURRY) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the archives were looked at again")

    arrived = await pages(redis, settings)
    assert len(arrived) == 6
    assert arrived[0].url == "https://news.example/0"
    assert arrived[0].fetched_at == datetime(2024, 1, 17, 5, 8, tzinfo=UTC)
    assert await dropped(redis, settings, "duplicate") == 0


def test_an_archive_gives_its_pages_and_a_reason_for_each_other_record(tmp_path):
    """Responses that are no page are refused by record; redirects, requests and the like are passed over."""
    body = article("packed").encode()
    path = tmp_path / "mixed.warc.gz"
    records = [
        record(0, article("plain").encode()),
        record(1, b"moved", status="301 Moved"),
        record(2, gzip.compress(body), headers="Content-Type: text/html\r\nContent-Encoding: gzip\r\n"),
        record(3, b"\x89PNG\r\n\x1a\n", headers="Content-Type: image/png\r\n"),
        record(4, b""),
        record(5, article("last").encode()),
    ]
    path.write_bytes(warc(records))

    found = list(pages_of_warc(path, now=NOW))

    assert [f.reason if isinstance(f, Refusal) else f.url for f in found] == [
        *("https://news.example/0", "https://news.example/2", "binary_page", "empty_page", "https://news.example/5"),
    ]
    assert not isinstance(found[1], Refusal)
    assert found[1].raw() == body


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda raw: raw[: len(raw) // 2], id="cut in the middle"),
        pytest.param(lambda raw: raw[:-200] + b"garbage" * 30, id="garbage at the end"),
        pytest.param(lambda raw: b"no archive at all", id="no archive"),
    ],
)
def test_a_damaged_archive_gives_what_stands_before_the_damage(tmp_path, damage):
    """The good records arrive, the damage is a refusal with its place, and nothing of half a record arrives."""
    bodies = [article(f"d{n}").encode() for n in range(10)]
    write_warc(tmp_path / "whole.warc.gz", bodies)
    path = tmp_path / "damaged.warc.gz"
    path.write_bytes(damage((tmp_path / "whole.warc.gz").read_bytes()))

    found = list(pages_of_warc(path, now=NOW))

    arrived = [f.raw() for f in found if not isinstance(f, Refusal)]
    assert arrived == bodies[: len(arrived)]
    assert any(isinstance(f, Refusal) for f in found)


async def test_an_archive_that_is_still_being_written_is_read_on(redis, settings, server, tmp_path):
    """Half a record is left alone until the rest of it is there; then it arrives once, and whole."""
    bodies = [article(f"g{n}").encode() * 20 for n in range(4)]
    write_warc(tmp_path / "whole.gz", bodies)
    raw = (tmp_path / "whole.gz").read_bytes()
    growing = tmp_path / "growing.warc.gz"
    growing.write_bytes(raw[: len(raw) * 6 // 10])

    async with producing(redis, settings, server, specs_of([str(growing)], kind="warc"), **HURRY) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 4, describe="what is there was read, and looked at again")
        assert await _count(redis, settings, 2)
        assert await dropped(redis, settings, "unreadable_file") == 1
        growing.write_bytes(raw)
        await until(lambda: _count(redis, settings, 4), describe="the rest arrives")

    assert [page.raw() for page in await pages(redis, settings)] == bodies


def test_a_broken_wacz_is_refused(tmp_path):
    """A file that only looks like one is a refusal, not a crash."""
    path = tmp_path / "a.wacz"
    path.write_bytes(b"PK\x03\x04 not a zip")
    with zipfile.ZipFile(tmp_path / "b.wacz", "w") as archive:
        archive.writestr("archive/x.warc.gz", b"not a warc")

    assert [f.reason for f in pages_of_warc(path, now=NOW) if isinstance(f, Refusal)] == ["unreadable_file"]
    assert all(isinstance(f, Refusal) for f in pages_of_warc(tmp_path / "b.wacz", now=NOW))


@pytest.mark.parametrize(
    ("at", "value"), [pytest.param(6, 1, id="encrypted"), pytest.param(8, 99, id="packed in an unknown way")]
)
def test_a_wacz_that_cannot_be_opened_is_a_refusal(tmp_path, at, value):
    """A password, or a method of packing that is not known, is said and not stumbled over."""
    path = tmp_path / "a.wacz"
    write_warc(path, [article("a").encode()])
    raw = bytearray(path.read_bytes())
    for start, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):  # of the member, and of the directory behind it
        place = raw.rindex(start) + at + shift
        raw[place] = value
    path.write_bytes(raw)

    [found] = pages_of_warc(path, now=NOW)

    assert isinstance(found, Refusal)
    assert found.reason == "unreadable_file"


async def test_someone_elses_stream_is_read_without_a_trace(redis, settings, server, shared_server):
    """Entries with JSON in a field, or with fields of their own, arrive once; the stream stays as it was."""
    theirs = f"{settings.stream_prefix}-theirs"
    other = connect(shared_server.url)
    await other.xadd(theirs, {"payload": json.dumps({"url": "https://a.example/1", "body": "one"})})
    await other.xadd(
        theirs, {"url": "https://a.example/2", "body": b"zw\xe9i", "content_type": "text/plain; charset=latin-1"}
    )
    await other.xadd(theirs, {"payload": "wrong"})
    spec = SourceSpec(id="theirs", kind="stream", url=f"{shared_server.url}?stream={theirs}", country="MLI")

    async with producing(redis, settings, server, (spec,), **HURRY):
        await until(lambda: _count(redis, settings, 2), describe="their pages arrive")
        await other.xadd(theirs, {"payload": json.dumps({"body": "three"})})
        await until(lambda: _count(redis, settings, 3), describe="the next page arrives")
    async with producing(redis, settings, server, (spec,), **HURRY) as producer:
        readings = Readings(producer)
        await until(lambda: readings.least() >= 2, describe="the stream was looked at again")

    arrived = await pages(redis, settings)
    assert [page.raw() for page in arrived] == [b"one", b"zw\xe9i", b"three"]
    assert arrived[1].charset == "latin-1"
    assert {page.source.country for page in arrived} == {"MLI"}
    assert await dropped(redis, settings, "invalid_line") == 1
    assert await other.xlen(theirs) == 4
    assert await other.xinfo_groups(theirs) == []
    await other.aclose()


async def test_a_consumer_group_of_someone_elses_stream_is_told_what_was_taken(redis, settings, server, shared_server):
    """Each entry is acknowledged behind its page; what a dead producer was given and never pushed is taken first."""
    theirs = f"{settings.stream_prefix}-group"
    other = connect(shared_server.url)
    for body in ("one", "two", "three"):
        await other.xadd(theirs, {"data": json.dumps({"body": body})})
    await other.xgroup_create(theirs, "monitor", id="0")
    await other.xreadgroup("monitor", "tocsin", {theirs: ">"}, count=1)
    await other.xreadgroup("monitor", "somebody-else", {theirs: ">"}, count=1)
    spec = SourceSpec(id="group", kind="stream", url=f"{shared_server.url}?stream={theirs}&group=monitor")

    async def pending() -> list[str]:
        return [one["consumer"].decode() for one in await other.xpending_range(theirs, "monitor", "-", "+", 10)]

    async with producing(redis, settings, server, (spec,), **HURRY):
        await until(lambda: _count(redis, settings, 2), describe="its pages arrive")
        await other.xadd(theirs, {"data": json.dumps({"body": "four"})})
        await until(lambda: _count(redis, settings, 3), describe="the next page arrives")

        async def is_acknowledged() -> bool:
            return await pending() == ["somebody-else"]

        await until(is_acknowledged, describe="what was taken is acknowledged")

    assert [page.body for page in await pages(redis, settings)] == ["one", "three", "four"]
    assert await other.xlen(theirs) == 4
    await other.aclose()


async def test_a_stream_that_is_not_there_yet_is_a_failing_source_and_its_group_begins_at_the_first_entry(
    redis, settings, server, shared_server
):
    """With a group the stream has to exist; once it does, nothing of it is passed over."""
    theirs = f"{settings.stream_prefix}-late"
    other = connect(shared_server.url)
    memory = Checkpoints(redis, prefix=settings.stream_prefix, partition=settings.tags[0])
    spec = SourceSpec(id="late", kind="stream", url=f"{shared_server.url}?stream={theirs}&group=monitor")

    async def has_failed() -> bool:
        found = (await memory.load()).get("late")
        return found is not None and found.failed_because == "unreadable_file"

    async with producing(redis, settings, server, (spec,), **HURRY):
        await until(has_failed, describe="the failure is noted")
        await other.xadd(theirs, {"data": json.dumps({"body": "first"})})
        await until(lambda: _count(redis, settings, 1), describe="the page arrives")
    await other.aclose()
