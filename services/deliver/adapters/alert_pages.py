"""Pages of alerts: found in the index, and beyond it in the log; bodies always come from the log."""

import asyncio
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from services.deliver.adapters import alert_log
from services.deliver.adapters.served import Served
from services.deliver.alert_filter import EVERYTHING, AlertFilter
from services.deliver.alert_index import AlertIndex
from services.deliver.facts import Entry, Facts, to_entry
from services.deliver.positions import as_numbers
from services.deliver.problems import Problem

SCANNED_MOST = 5000  # entries of the log looked at for one request beyond the index


@dataclass(frozen=True)
class AlertPage:
    """Alerts, newest first, and the id to go on from; None when there are no more."""

    entries: list[Entry]
    next: str | None


async def entries_of(served: Served, ids: list[str]) -> list[Entry]:
    """Return the entries of the log with these ids, as far as it still has them."""
    key = alert_log.alerts_key(served.settings)
    async with served.redis.pipeline(transaction=False) as pipe:
        for id in ids:
            pipe.xrange(key, min=id, max=id)
        found = await pipe.execute()
    entries = [to_entry(id.decode(), fields.get(b"d", b"")) for one in found for id, fields in one]
    return [entry for entry in entries if entry is not None]


async def list_alerts(
    served: Served, wanted: AlertFilter, *, before: str | None, since: str | None, limit: int, latest_only: bool
) -> AlertPage:
    """Return up to `limit` alerts that stand before one position and after another, newest first."""
    floor = as_numbers(since) if since and since != "$" else None

    def newest(index: AlertIndex) -> list[Facts]:
        walk = index.newest_first(wanted, before=before, latest_only=latest_only)
        return list(islice(takewhile(lambda one: floor is None or as_numbers(one.id) > floor, walk), limit))

    index = served.index.as_it_is()  # the one that was walked through tells what it lacks: it may just be filled
    facts = await asyncio.to_thread(newest, index)
    entries = await entries_of(served, [one.id for one in facts])
    if len(facts) == limit:
        return AlertPage(entries, facts[-1].id)
    oldest = index.facts[0].id if index.facts else None
    if floor is not None and oldest is not None and as_numbers(oldest) <= floor:
        return AlertPage(entries, None)
    seen = {one.alert for one in facts}
    if _holds_all(index):
        return AlertPage(entries, None)
    at = oldest or "+"
    if before is not None and (at == "+" or as_numbers(before) < as_numbers(at)):
        at = before
    older, next_ = await _scan(served, wanted, at, floor, limit - len(entries), seen if latest_only else None)
    return AlertPage(entries + older, next_)


def _holds_all(index: AlertIndex) -> bool:
    return index.is_filled and len(index.facts) < index.size


async def _scan(
    served: Served, wanted: AlertFilter, at: str, floor: tuple[int, int] | None, limit: int, seen: set[str] | None
) -> tuple[list[Entry], str | None]:
    """Return alerts of the log before `at`; `seen` names alerts whose newest revision was shown."""
    found: list[Entry] = []
    for _ in range(SCANNED_MOST // alert_log.PAGE):
        page = await alert_log.entries_before(served.redis, served.settings, at)
        for id, data in page:
            at = id
            if floor is not None and as_numbers(id) <= floor:
                return found, None
            entry = to_entry(id, data)
            if entry is None or not entry.facts.alert or not wanted.matches(entry.facts):
                continue
            if seen is not None:
                if entry.facts.alert in seen or not served.index.is_latest(entry.facts):
                    continue
                seen.add(entry.facts.alert)
            found.append(entry)
            if len(found) == limit:
                return found, at
        if len(page) < alert_log.PAGE:
            return found, None
    return found, at


async def revisions_of(served: Served, id: str) -> list[Facts]:
    """Return the revisions of an alert, or the one that "al_…-r2" names, oldest first; raises Problem (404)."""
    alert, _, revision = id.partition("-r")
    facts: list[Facts] = served.index.of_alert(alert)
    if not facts and not _holds_all(served.index):
        at: Any = served.index.facts[0].id if served.index.facts else "+"
        entries, _ = await _scan(served, EVERYTHING, at, None, SCANNED_MOST, None)
        facts = [entry.facts for entry in reversed(entries) if entry.facts.alert == alert]
    if revision:
        facts = [one for one in facts if str(one.revision) == revision]
    if not facts:
        raise Problem(404, "no-such-alert", f"no alert '{id[:60]}' is in the log")
    return facts
