"""Tests that stand beside a rule: texts and pages that must fire it or must not, and timelines under a virtual clock.

tests:
  - fires: "Niger and Russia signed a military pact."
  - silent: {title: "…", text: "…", source: {id: afp, tier: 1}, language: fr, published: 2026-01-02, at: 2026-01-03}
  - silent: {page: pages/sport.html}
  - timeline:
      - {at: 0h, text: "…", source: a, expect: below_threshold}
      - {restart: true}
      - {at: 2h, text: "…", source: b, expect: rang}
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.errors import TocsinError
from schemas import FoundDate, Page, Source, TaggedArticle
from services.alert.ledger import STATES, State
from services.alert.rule import Rule
from services.alert.rule_file import parse_duration
from services.alert.rulebook import CANARY, Rulebook
from services.desk.desk import Desk
from services.desk.simulation import Simulation
from services.tag.text_to_article import article_from_text

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)  # where virtual time starts: `at: 2h` is two hours later
SILENT = "silent"
_KEYS = {"text", "title", "page", "url", "source", "language", "published", "at", "name", "canary"}


class BadTest(ValueError):
    """A test that cannot be run as it is written."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test of a rule."""

    __test__ = False  # not one of pytest's

    rule: str
    file: str
    line: int
    name: str
    passed: bool
    detail: str = ""


def run_tests(desk: Desk, rules: Iterable[Rule] | None = None) -> list[TestResult]:
    """Return the results of all tests of some rules (all of the desk's when none are given)."""
    chosen = desk.rulebook.rules.values() if rules is None else rules
    return [result for rule in chosen for result in run_rule(desk, rule)]


def run_rule(desk: Desk, rule: Rule) -> list[TestResult]:
    """Return the results of one rule's tests."""
    results = []
    for number, test in enumerate(rule.tests, 1):
        kind = next(kind for kind in ("fires", "silent", "timeline") if kind in test)
        try:
            if kind == "timeline":
                detail = _run_timeline(desk, rule, test["timeline"])
            else:
                detail = _run_each(desk, rule, test[kind], must_fire=kind == "fires")
        except (BadTest, TocsinError, OSError) as error:
            detail = str(error)
        name = str(test.get("name") or f"{kind} {number}")
        line = rule.line + int(test.get("line", 0))
        results.append(TestResult(rule.id, rule.file, line, name, not detail, detail))
    return results


def _run_each(desk: Desk, rule: Rule, told: Any, *, must_fire: bool) -> str:
    """Return which of some texts fail, or ""."""
    texts = told if isinstance(told, list) else [told]
    details = [_run_single(desk, rule, one, must_fire=must_fire) for one in texts]
    if len(texts) == 1:
        return details[0]
    return "; ".join(f"text {number}: {detail}" for number, detail in enumerate(details, 1) if detail)


def _run_single(desk: Desk, rule: Rule, told: Any, *, must_fire: bool) -> str:
    """Return why a `fires` or `silent` test fails, or ""; the clauses and filters are tested, not the time."""
    tagged, at = given_article(desk, told)
    outcomes = Simulation(_only(rule)).read(tagged, at)
    has_fired = any(one.state is not State.STALE for one in outcomes)
    if has_fired == must_fire:
        return ""
    return "it did not fire" if must_fire else "it fired"


def _run_timeline(desk: Desk, rule: Rule, steps: Any) -> str:
    """Return at which step a timeline goes wrong, or ""."""
    if not isinstance(steps, list):
        raise BadTest("a timeline is a list of steps")
    simulation = Simulation(_only(rule))
    for number, step in enumerate(steps, 1):
        if isinstance(step, Mapping) and set(step) == {"restart"}:
            simulation = simulation.restarted()
            continue
        expected = step.get("expect") if isinstance(step, Mapping) else None
        if expected not in (*STATES, SILENT):
            raise BadTest(f"step {number}: expect is {SILENT} or one of {', '.join(STATES)}")
        tagged, at = given_article(desk, {key: value for key, value in step.items() if key != "expect"})
        outcomes = simulation.read(tagged, at)
        found = str(outcomes[0].state) if outcomes else SILENT
        if found != expected:
            return f"step {number}: expected {expected}, found {found}"
    return ""


def given_article(desk: Desk, told: Any) -> tuple[TaggedArticle, datetime]:
    """Return the tagged article a test gives, and the moment it is read; raises BadTest with what is wrong."""
    given: Mapping[str, Any] = {"text": told} if isinstance(told, str) else told
    if not isinstance(given, Mapping) or not ({"text", "page"} & set(given)):
        raise BadTest("a test gives a text, or a mapping with 'text' or 'page'")
    if unknown := set(given) - _KEYS:
        raise BadTest(f"a test has no '{min(unknown)}'; it has {', '.join(sorted(_KEYS))}")
    at = _moment(str(given.get("at", "0s")))
    source = _source(given.get("source", "test"))
    if "page" in given:
        return desk.read(_page(desk.watch_dir, str(given["page"]), source, at)), at
    title, text = str(given.get("title", "")), str(given["text"])
    identity = hashlib.sha256(f"{title}\0{text}\0{source.id}\0{at}".encode()).hexdigest()
    article = article_from_text("pg_" + identity[:24], title, text, given.get("language"))
    published = given.get("published")
    changes: dict[str, Any] = {
        "source": source,
        "url": given.get("url"),
        "fetched_at": at,
        "pushed_at": at,
        "canary": str(given.get("canary", "")) == "true",
        "published": FoundDate(value=str(published), source="meta") if published else None,
    }
    return desk.tag(article.model_copy(update=changes)), at


def _only(rule: Rule) -> Rulebook:
    """Return a rulebook of one rule; the reserved one may see what other rules see while it is tested."""
    return Rulebook.of([replace(rule, id="tested") if rule.id == CANARY else rule])


def _moment(told: str) -> datetime:
    """Return the moment a test names: a time, or a length of time since virtual time began."""
    since = parse_duration(told)
    if since is not None:
        return BEGIN + since
    if told.strip(" 0hsmdw") == "":
        return BEGIN
    try:
        found = datetime.fromisoformat(told.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadTest(f"at is a time, or a length of time such as 2h; found {told!r}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _source(told: Any) -> Source:
    if isinstance(told, str):
        return Source(id=told)
    if isinstance(told, Mapping):
        return Source(**{str(key): value for key, value in told.items()})
    raise BadTest("a source is an id, or a mapping with id, country, tier, owner …")


def _page(watch_dir: Path | None, name: str, source: Source, at: datetime) -> Page:
    """Return a page from a file that is named from the watch folder, or from where we are."""
    path = next((one for one in ((watch_dir or Path()) / name, Path(name)) if one.is_file()), None)
    if path is None:
        raise BadTest(f"there is no page {name}")
    return page_from_file(path, source, at)


def page_from_file(path: Path, source: Source, at: datetime) -> Page:
    """Return the page in a file: HTML when its name says so, else text."""
    raw = path.read_bytes()
    sha256 = hashlib.sha256(raw).hexdigest()
    is_html = path.suffix in (".html", ".htm")
    return Page(
        id="pg_" + sha256[:24],
        source=source,
        content_type="text/html" if is_html else "text/plain",
        body=raw.decode("utf-8", errors="replace"),
        sha256=sha256,
        fetched_at=at,
        pushed_at=at,
    )
