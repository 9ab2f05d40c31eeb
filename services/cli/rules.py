"""`tocsin rules`, `tocsin verify`, `tocsin feedback`: the analyst's bench on the command line."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from runtime.errors import Misconfigured, TocsinError
from runtime.settings import RuntimeSettings, load
from schemas import Alert, CloudEvent, Page, streams
from services.alert.adapters.rule_files import rules_folder
from services.cli.options import DataOption, JsonOption, WatchOption, connected, settings_for
from services.cli.words import counted
from services.desk.archive import archived, pages_in
from services.desk.backtest import Archived, Backtest, backtest, compare
from services.desk.desk import Desk, open_desk
from services.desk.explain import Explanation, Verdict, explain
from services.desk.feedback import feedback
from services.desk.lint import lint
from services.desk.rule_tests import run_tests
from services.desk.stats import RuleStats, rule_stats
from services.desk.verify import verify
from services.produce.sources.files import pages_from_paths

app = typer.Typer(no_args_is_help=True, help="Rules: check, test, explain, backtest, stats.")

FilesArgument = Annotated[list[Path] | None, typer.Argument(help="Rule files; default: those of the watch folder.")]
EXAMPLES_SHOWN = 3


def desk_of(watch: Path | None, files: list[Path] | None = None) -> Desk:
    """Return the desk of a watch folder, with the rules of `files` when some are given."""
    watch = watch or load(RuntimeSettings).watch_dir
    rules = {str(file): _text(file) for file in files} if files else None
    return open_desk(watch, rules=rules)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file}: cannot be read: {error}") from None


@app.command("check")
def check(files: FilesArgument = None, watch: WatchOption = None, as_json: JsonOption = False) -> None:
    """Say every mistake of every rule, and what looks wrong though it is allowed. Exit code 1 on mistakes."""
    try:
        desk = desk_of(watch, files)
    except Misconfigured as error:
        print(error)
        raise typer.Exit(1) from None
    warnings = lint(desk)
    if as_json:
        print(json.dumps([asdict(warning) for warning in warnings]))
        return
    for warning in warnings:
        print(warning)
    print(f"{counted(len(desk.rulebook.rules), 'rule')}, no mistakes, {counted(len(warnings), 'warning')}")


@app.command("test")
def test(files: FilesArgument = None, watch: WatchOption = None, as_json: JsonOption = False) -> None:
    """Run the tests that stand beside the rules, with a virtual clock. Exit code 1 when one fails."""
    results = run_tests(desk_of(watch, files))
    failed = [result for result in results if not result.passed]
    if as_json:
        print(json.dumps([asdict(result) for result in results]))
    else:
        for result in failed:
            print(f"{result.file}:{result.line}: {result.rule}: {result.name}: {result.detail}")
        print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


@app.command("explain")
def explain_rule(rule: str, page: Path, watch: WatchOption = None, as_json: JsonOption = False) -> None:
    """Say which clause of RULE holds for PAGE, which does not, and how near it came."""
    desk = desk_of(watch)
    found = desk.rule(rule)
    if found is None:
        raise Misconfigured(f"no rule is called '{rule}'; there are: {', '.join(sorted(desk.rulebook.rules))}")
    try:
        explanation = explain(found, desk.read(page_of(page)), now=datetime.now(UTC))
    except TocsinError as error:
        print(f"{page}: no rule can ring, the page gives no article: {error} ({error.reason})")
        raise typer.Exit(1) from None
    if as_json:
        print(json.dumps(asdict(explanation), default=str, ensure_ascii=False))
    else:
        _show(Console(), explanation)


def page_of(path: Path) -> Page:
    """Return the page in a file; raises Misconfigured with the reason when it is none."""
    for found in pages_from_paths([path], datetime.now(UTC)):
        if isinstance(found, Page):
            return found
        raise Misconfigured(str(found))
    raise Misconfigured(f"{path}: expected a page, found none")


def _show(console: Console, explanation: Explanation) -> None:
    says = "rings" if explanation.holds else "does not ring"
    tree = Tree(f"[bold]{explanation.rule}[/] {says} ({explanation.outcome})")
    for verdict in explanation.filters:
        _grow(tree, verdict)
    _grow(tree, explanation.condition)
    console.print(tree)
    for miss in explanation.misses:
        console.print(f"→ {miss}", style="yellow", markup=False, highlight=False)
    for quote in explanation.quotes:
        console.print(f"» {quote}", markup=False, highlight=False)


def _grow(tree: Tree, verdict: Verdict) -> None:
    mark = "[green]✓[/]" if verdict.is_true else "[red]✗[/]"
    seen = ", ".join(dict.fromkeys(f"“{one.text}” in sentence {one.sentence}" for one in verdict.seen[:3]))
    branch = tree.add(f"{mark} {verdict.clause}" + (f" [dim]{seen}[/]" if seen else ""))
    for part in verdict.parts:
        _grow(branch, part)


@app.command("backtest")
def backtest_rules(
    files: FilesArgument = None,
    since: Annotated[str | None, typer.Option("--since", help="How far back: 24h, 7d, or a date.")] = None,
    pages: Annotated[Path | None, typer.Option("--pages", help="A folder of pages instead of the archive.")] = None,
    watch: WatchOption = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what rules would have rung over the retained stream or a folder; delivers nothing.

    With rule files, also what differs from the rules in force.
    """
    in_force = desk_of(watch)
    past = list(pages_in(pages, in_force, at=datetime.now(UTC))) if pages else asyncio.run(_archive(data_dir, since))
    result = backtest((desk_of(watch, files) if files else in_force).rulebook, past)
    before = backtest(in_force.rulebook, past) if files else None
    if as_json:
        print(json.dumps(_facts(result, before), default=str, ensure_ascii=False))
    else:
        _show_backtest(Console(), result, before)


def _show_backtest(console: Console, result: Backtest, before: Backtest | None) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("rule", "alerts", "a day", "other candidates", "for example"):
        table.add_column(heading, overflow="fold")
    for rule in sorted(result.rules.values(), key=lambda one: -len(one.alerts)):
        others = ", ".join(f"{count} {state}" for state, count in rule.states.items() if str(state) != "rang")
        noisy = " [red]noisy[/]" if rule.is_noisy(result.span) else ""
        examples = "\n".join(example.title or example.quote for example in rule.examples[:EXAMPLES_SHOWN])
        table.add_row(rule.rule, str(len(rule.alerts)), f"{rule.a_day(result.span):.1f}{noisy}", others, examples)
    console.print(table)
    console.print(f"{counted(result.articles, 'article')}, {counted(len(result.alerts), 'alert')}")
    for difference in compare(before, result) if before else ():
        for title in difference.gained:
            console.print(f"+ {difference.rule}: {title}", style="green", markup=False)
        for title in difference.lost:
            console.print(f"- {difference.rule}: {title}", style="red", markup=False)


def _facts(result: Backtest, before: Backtest | None) -> dict[str, Any]:
    differences = [one._asdict() for one in compare(before, result)] if before else None
    return {"articles": result.articles, "rules": {id: asdict(one) for id, one in result.rules.items()}} | (
        {"differences": differences} if differences is not None else {}
    )


async def _archive(data_dir: Path | None, since: str | None) -> list[Archived]:
    settings = settings_for(data_dir)
    begin = moment(since, now=datetime.now(UTC)) if since else None
    found = []
    async with connected(settings) as redis:
        for stream in settings.keys(streams.ARCHIVE):
            found += [one async for one in archived(redis, stream, since=begin)]
    return sorted(found, key=lambda one: one.at)


def moment(given: str, *, now: datetime) -> datetime:
    """Return the moment that `24h`, `7d` or an ISO date means; raises Misconfigured on anything else."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    if given[:-1].isdecimal() and given[-1] in units:
        return now - int(given[:-1]) * units[given[-1]]
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise Misconfigured(f"--since: expected 30m, 24h, 7d or a date such as 2026-01-31, found '{given}'") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@app.command("stats")
def stats(data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Say of each rule: candidates, hits by what became of them, last hit, processor time."""
    found = asyncio.run(_stats(data_dir))
    if as_json:
        print(json.dumps([asdict(one) for one in found], default=str))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("rule", "candidates", "hits", "what became of them", "last hit", "seconds"):
        table.add_column(heading)
    for one in found:
        states = ", ".join(f"{count} {state}" for state, count in one.states.items())
        last = f"{one.last_hit_at:%Y-%m-%d %H:%M}" if one.last_hit_at else "–"
        table.add_row(one.rule, str(one.candidates), str(one.hits), states, last, f"{one.seconds:.2f}")
    Console().print(table)


async def _stats(data_dir: Path | None) -> list[RuleStats]:
    settings = settings_for(data_dir)
    total: dict[bytes, bytes] = {}
    async with connected(settings) as redis:
        for key in settings.keys("stats", "rules"):
            for name, value in (await redis.hgetall(key)).items():
                both = (int(total.get(name, 0)), int(value))
                total[name] = str(max(both) if name.endswith(b":last_ms") else sum(both)).encode()
    return rule_stats(total)


def verify_alert(
    alert: Annotated[Path, typer.Argument(help="An alert as JSON: a line of `tocsin tail --json`, or its data.")],
    page: Annotated[Path, typer.Argument(help="The page it rang for.")],
    watch: WatchOption = None,
) -> None:
    """Derive an alert again from its page: is each quote where it says, and does the rule hold? Exit code 1 if not."""
    proof = verify(read_alert(alert), page_of(page), desk_of(watch))
    for one in proof.checks:
        print(("✓ " if one.is_true else "✗ ") + one.claim + (f": {one.detail}" if one.detail else ""))
    print("proven" if proof.is_proven else "not proven")
    raise typer.Exit(0 if proof.is_proven else 1)


def read_alert(path: Path) -> Alert:
    """Return the alert in a file: a CloudEvent or its data; raises Misconfigured when it is neither."""
    text = _text(path)
    try:
        return CloudEvent.from_json(text).data if '"specversion"' in text else Alert.from_json(text)
    except ValueError as error:
        raise Misconfigured(f"{path}: expected an alert as JSON, found: {error}") from None


def give_feedback(
    alert: Annotated[Path, typer.Argument(help="An alert as JSON: a line of `tocsin tail --json`.")],
    noise: Annotated[bool, typer.Option("--noise", help="It should not have rung.")] = False,
    good: Annotated[bool, typer.Option("--good", help="It must always ring.")] = False,
    page: Annotated[Path | None, typer.Option("--page", help="The page, for a test with the whole article.")] = None,
    watch: WatchOption = None,
) -> None:
    """Write what you think of an alert into its rule's file, as a test."""
    if noise == good:
        raise Misconfigured("say which: --noise or --good")
    watch = watch or load(RuntimeSettings).watch_dir
    desk, rung = desk_of(watch), read_alert(alert)
    rule = desk.rule(rung.rule.id)
    if rule is None:
        raise Misconfigured(f"{alert}: no rule is called '{rung.rule.id}' any more")
    opinion: Literal["noise", "good"] = "noise" if noise else "good"
    file = next(path for path in (rules_folder(watch) / rule.file, Path(rule.file)) if path.is_file())
    article_text = desk.read(page_of(page)).article.text if page else None
    changed = feedback(rung, opinion, rule, _text(file), article_text=article_text)
    file.write_text(changed.text, encoding="utf-8")
    print(f"{file}: a test was added to {rule.id}: {changed.test[:100]}")
    failing = [result for result in run_tests(desk_of(watch), [rule]) if not result.passed]
    for result in failing:
        print(f"it fails until the rule changes: {result.detail}")
