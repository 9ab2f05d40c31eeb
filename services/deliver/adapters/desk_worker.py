"""The desk in a process of its own: `python -m services.deliver.adapters.desk_worker`, JSON lines in and out.

Cleaning, tagging and matching take hundreds of megabytes and whole seconds; here they cannot slow an event stream. The
first line says which server and folder; every other one is a question and gets one line as its answer. It ends with
its standard input, so nothing is left behind however its parent died.
"""

import asyncio
import dataclasses
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from yaml import YAMLError

from runtime.errors import TocsinError
from runtime.redis_client import connect, redis_url
from runtime.settings import RuntimeSettings
from schemas import TaggedArticle, streams
from services.alert.adapters.rule_files import read_rules
from services.alert.rule import Rule
from services.alert.rule_chunks import chunks_of
from services.alert.rulebook import CANARY, BadRules
from services.deliver.adapters.desk_catalogue import actors_of, sources_of
from services.deliver.adapters.desk_questions import Question, article_of
from services.desk.archive import archived
from services.desk.backtest import Archived, Backtest, backtest, compare
from services.desk.desk import Desk, open_desk
from services.desk.explain import Explanation, explain
from services.desk.lint import lint
from services.desk.rule_tests import run_rule

DRAFT = "draft.yaml"
MOST_ARTICLES = 20_000  # read for one backtest
MOST_EXAMPLES = 20
MOST_EXPLAINED = 500  # rules asked of one text
DAYS_SHOWN = 60


class Worker:
    """A desk that follows its folder, and what may be asked of it."""

    def __init__(self, settings: RuntimeSettings) -> None:
        self.settings = settings
        self._desk: Desk | None = None
        self._seen: tuple[Any, ...] = ()

    def desk(self) -> tuple[Desk, dict[str, str]]:
        """Return the desk of the folder as it is now, and the text of its rule files."""
        files = read_rules(self.settings.watch_dir)
        catalogue = _times(self.settings.watch_dir)
        if self._desk is None or self._seen[0] != catalogue:
            self._desk = open_desk(self.settings.watch_dir, rules=files)
        elif self._seen[1] != files:
            self._desk = self._desk.with_rules(files)
        self._seen = (catalogue, files)
        return self._desk, files

    def open(self) -> dict[str, Any]:
        """Get everything ready, so that the first question takes no longer than the others."""
        self.desk()
        return {}

    def rules(self) -> dict[str, Any]:
        """Return all rules but the canary's."""
        desk, files = self.desk()
        return {"rules": [_rule(rule, files) for rule in _visible(desk)]}

    def catalogue(self) -> dict[str, Any]:
        """Return every actor and topic."""
        return actors_of(self.desk()[0].names.catalogue)

    def sources(self) -> dict[str, Any]:
        """Return every source and how it stands."""
        return asyncio.run(sources_of(self.settings))

    def validate(self, *, yaml: str, other_files: bool = False, replaces: str = "") -> dict[str, Any]:
        """Return what is wrong with a draft and what is doubtful; `replaces` is the file that it would take over."""
        desk, files = self.desk()
        given = {**({n: t for n, t in files.items() if n != replaces} if other_files else {}), DRAFT: yaml}
        try:
            draft = desk.with_rules(given)
        except BadRules as error:
            return {"valid": False, "rules": [], "problems": [_problem(one) for one in error.problems], "warnings": []}
        mine = [rule for rule in _visible(draft) if rule.file == DRAFT]
        lone = desk.with_rules({DRAFT: yaml})
        warnings = [{"rule": one.rule, "line": one.line, "message": one.message} for one in lint(lone)]
        return {"valid": True, "rules": [_rule(one, given) for one in mine], "problems": [], "warnings": warnings}

    def test(self, *, yaml: str) -> dict[str, Any]:
        """Return the results of a draft's own tests."""
        desk = self._draft(yaml)
        results = []
        for rule in _visible(desk):
            if any("page" in _keys(test) for test in rule.tests):
                # Such a test names a file of this machine, and would tell a stranger what stands in it.
                results.append(_result(rule, "pages", False, "a test with 'page' runs only where the file is"))
                continue
            results += [_result(rule, one.name, one.passed, one.detail, one.line) for one in run_rule(desk, rule)]
        return {"passed": all(one["passed"] for one in results), "results": results}

    def explain(self, *, question: dict[str, Any], rule: str = "", yaml: str = "") -> dict[str, Any]:
        """Return why one rule holds for a text, or all rules; a draft stands for the rules in force."""
        desk = self._draft(yaml) if yaml else self.desk()[0]
        tagged = article_of(desk, Question(**question))
        asked = [one for one in _visible(desk) if not rule or one.id == rule]
        now = datetime.now(UTC)
        found = [(one, explain(one, tagged, now=now)) for one in asked[:MOST_EXPLAINED]]
        found.sort(key=lambda pair: (not pair[1].holds, len(pair[1].misses), pair[0].id))
        return {"article": _article(tagged), "rules": [_explanation(*pair) for pair in found]}

    def backtest(self, *, yaml: str, since: str = "") -> dict[str, Any]:
        """Return what a draft would have done with the archive, and what it changes against the rules in force."""
        draft, (current, _) = self._draft(yaml), self.desk()
        archive = asyncio.run(self._archive(datetime.fromisoformat(since) if since else None))
        after = backtest(draft.rulebook, archive)
        same = {id: rule for id, rule in current.rulebook.rules.items() if id in draft.rulebook.rules}
        before = backtest(type(current.rulebook).of(same.values()), archive)
        return {
            "articles": after.articles,
            "first_at": after.first_at.isoformat() if after.first_at else None,
            "last_at": after.last_at.isoformat() if after.last_at else None,
            "rules": [_backtested(id, before, after) for id in after.rules if id != CANARY],
            "changes": [
                {"rule": one.rule, "gained": one.gained[:MOST_EXAMPLES], "lost": one.lost[:MOST_EXAMPLES]}
                for one in compare(before, after)
            ],
        }

    async def _archive(self, since: datetime | None) -> list[Archived]:
        redis = connect(redis_url(self.settings))
        found: list[Archived] = []
        try:
            for stream in self.settings.keys(streams.ARCHIVE):
                async for one in archived(redis, stream, since=since):
                    found.append(one)
                    if len(found) >= MOST_ARTICLES:
                        break
        finally:
            await redis.aclose()
        return sorted(found, key=lambda one: one.at)

    def _draft(self, yaml: str) -> Desk:
        return self.desk()[0].with_rules({DRAFT: yaml})


def _visible(desk: Desk) -> list[Rule]:
    return [rule for rule in desk.rulebook.rules.values() if rule.id != CANARY]


def _times(watch_dir: Path | None) -> tuple[Any, ...]:
    paths: Iterable[Path] = () if watch_dir is None else sorted(watch_dir.glob("*.yaml"))
    return tuple((path.name, path.stat().st_mtime_ns) for path in paths)


def _keys(test: Any) -> set[str]:
    """Return every key in a test, however deep."""
    if isinstance(test, dict):
        return set(test) | set(chain.from_iterable(_keys(one) for one in test.values()))
    return set(chain.from_iterable(_keys(one) for one in test)) if isinstance(test, list | tuple) else set()


def _rule(rule: Rule, files: dict[str, str]) -> dict[str, Any]:
    head, chunks = chunks_of(files.get(rule.file, ""))
    chunk = next((one for one in chunks if one.line == rule.line), None)
    return {
        "id": rule.id,
        "title": rule.title,
        "description": rule.description,
        "when": rule.when,
        "severity": rule.severity,
        "tags": list(rule.tags),
        "version": rule.version,
        "file": rule.file,
        "line": rule.line,
        "tests": len(rule.tests),
        "is_muted": rule.is_muted,
        "is_shadow": rule.is_shadow,
        "is_alone": len(chunks) <= 1,
        "yaml": f"{head}\n{chunk.text.lstrip(chr(10))}\n" if chunk else files.get(rule.file, ""),
    }


def _problem(problem: Any) -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "message": problem.message, "source": problem.source}


def _result(rule: Rule, name: str, passed: bool, detail: str, line: int = 0) -> dict[str, Any]:
    return {"rule": rule.id, "name": name, "passed": passed, "detail": detail, "line": line}


def _article(tagged: TaggedArticle) -> dict[str, Any]:
    article = tagged.article
    return {
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "site": article.site,
        "published": article.published.value if article.published else None,
        "mentions": [
            one.model_dump(include={"actor", "kind", "text", "start", "end", "zone"}) for one in tagged.mentions
        ],
    }


def _explanation(rule: Rule, found: Explanation) -> dict[str, Any]:
    return {**dataclasses.asdict(found), "title": rule.title, "when": rule.when, "severity": rule.severity}


def _backtested(id: str, before: Backtest, after: Backtest) -> dict[str, Any]:
    rule, old = after.rules[id], before.rules.get(id)
    days = [Counter(one.at.date() for one in each.examples) for each in (rule, old) if each]
    shown = every_day([day for found in days for day in found])
    return {
        "rule": id,
        "alerts": len(rule.alerts),
        "before": len(old.alerts) if old else None,
        "a_day": round(rule.a_day(after.span), 2),
        "is_noisy": rule.is_noisy(after.span),
        "states": dict(rule.states),
        "days": [
            {"day": day.isoformat(), "alerts": days[0][day], "before": days[1][day] if old else None} for day in shown
        ],
        "examples": [
            {"alert": one.alert, "at": one.at.isoformat(), "title": one.title, "quote": one.quote}
            for one in rule.examples[-MOST_EXAMPLES:]
        ],
    }


def every_day(days: Collection[date]) -> list[date]:
    """Return every day from the first to the last, also those without an alert; the newest of very many."""
    if not days:
        return []
    last, count = max(days), min((max(days) - min(days)).days + 1, DAYS_SHOWN)
    return [last - timedelta(days=before) for before in reversed(range(count))]


def main() -> None:
    """Answer questions until standard input ends."""
    settings = RuntimeSettings(**orjson.loads(sys.stdin.buffer.readline()))
    worker = Worker(settings)
    table: dict[str, Callable[..., dict[str, Any]]] = {
        "open": worker.open,
        "rules": worker.rules,
        "catalogue": worker.catalogue,
        "sources": worker.sources,
        "validate": worker.validate,
        "test": worker.test,
        "explain": worker.explain,
        "backtest": worker.backtest,
    }
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        sys.stdout.buffer.write(orjson.dumps(_answer(table[asked["do"]], asked["given"])) + b"\n")
        sys.stdout.buffer.flush()


def _answer(work: Callable[..., dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": work(**given)}
    except BadRules as error:
        return {"problems": [_problem(one) for one in error.problems]}
    except TocsinError as error:
        return {"refused": error.reason, "detail": str(error)}
    except YAMLError as error:
        # Characters that YAML does not have at all; every other mistake is told with its place.
        return {"refused": "not_yaml", "detail": f"this is no YAML: {str(error).splitlines()[0]}"}
    except Exception as error:
        # Whatever it was, the next question deserves an answer; the parent logs this one.
        return {"failed": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
