"""What stands in a rule besides its condition: filters, counts, windows, spikes, quiet hours, mutes, tests."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from services.alert.clauses import ARTICLE, Scope, Term
from services.alert.rule import Over, Quiet, Spike, Where
from services.alert.rule_file import RuleFile, plain
from services.alert.windows import MOST_KEYS

LANGUAGE, COUNTRY = re.compile(r"[a-z]{2,3}"), re.compile(r"[A-Z]{3}")
ZONES = ("title", "lede", "body", "quote", "caption")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ORIGINS = 64  # a window keeps a bounded number of origins; more than this is a spike, not a confirmation
MOST_BUCKETS = 400  # of a spike's baseline: 7d in windows of 30m are 336

KINDS = frozenset({"fires", "silent", "timeline"})  # of tests

Resolve = Callable[[yaml.Node], tuple[Term, ...]]


def read_where(file: RuleFile, node: yaml.Node) -> Where:
    """Return the filters of `where:`."""
    found = file.items(node, ("languages", "sources", "zones", "max_age"), "where")
    sources: dict[str, Any] = {}
    if "sources" in found:
        sources = _read_sources(file, found["sources"])
    return Where(
        languages=_codes(file, found.get("languages"), LANGUAGE, "a language is a code of ISO 639-1, such as en"),
        zones=frozenset(file.choice(one, ZONES, "a zone") for one in file.each(found["zones"]))
        if "zones" in found
        else None,
        max_age=file.duration(found["max_age"], "max_age") if "max_age" in found else None,
        **sources,
    )


def _read_sources(file: RuleFile, node: yaml.Node) -> dict[str, Any]:
    found = file.items(node, ("tier", "ids", "not", "countries", "owners"), "sources")
    return {
        "tiers": frozenset(file.whole(one, "a tier", most=9) for one in file.each(found["tier"]))
        if "tier" in found
        else None,
        "sources": _set(file, found.get("ids"), "the id of a source"),
        "not_sources": _set(file, found.get("not"), "the id of a source"),
        "countries": _codes(
            file, found.get("countries"), COUNTRY, "a country is a code of ISO 3166-1 alpha-3, such as NER"
        ),
        "owners": _set(file, found.get("owners"), "an owner"),
    }


def _set(file: RuleFile, node: yaml.Node | None, what: str) -> frozenset[str] | None:
    return None if node is None else frozenset(file.text_of(one, what) for one in file.each(node))


def _codes(file: RuleFile, node: yaml.Node | None, form: re.Pattern[str], what: str) -> frozenset[str] | None:
    """Return codes; what has not the form of one would never be satisfied, and nobody would be told."""
    for one in file.each(node) if node is not None else ():
        if not isinstance(one, yaml.ScalarNode) or not form.fullmatch(one.value):
            file.wrong(one, what)
    return _set(file, node, what)


def read_mentions(file: RuleFile, node: yaml.Node, resolve: Resolve) -> tuple[tuple[tuple[Term, ...], int], ...]:
    """Return the least numbers of mentions of `at_least:`."""
    found = file.items(node, ("mentions",), "at_least")
    if "mentions" not in found:
        return ()
    return tuple(
        (resolve(name), file.whole(number, "the number of mentions", most=1000))
        for name, number in file.pairs(found["mentions"], "mentions")
    )


def read_weights(file: RuleFile, node: yaml.Node, resolve: Resolve) -> tuple[int, tuple[tuple[Term, int], ...]]:
    """Return the threshold of `weights:` and the points of each term; the members of a group get the same points."""
    found = file.items(node, ("threshold", "points"), "weights")
    for missing in {"threshold", "points"} - set(found):
        file.wrong(node, f"weights needs '{missing}'")
    threshold = file.whole(found["threshold"], "the threshold") if "threshold" in found else 1
    points: dict[Term, int] = {}
    for name, number in file.pairs(found["points"], "points") if "points" in found else ():
        for term in resolve(name):
            points[term] = file.whole(number, "points", least=-1000, most=1000)
    if points and sum(number for number in points.values() if number > 0) < threshold:
        file.wrong(found["threshold"], "all points together do not reach the threshold")
    return threshold, tuple(points.items())


def read_scope(file: RuleFile, node: yaml.Node) -> Scope:
    """Return the scope of a rule's `within:`."""
    scope = _scope_of(file.text_of(node, "within"))
    if scope is None:
        file.wrong(node, "within is sentence, 2 to 20 sentences, paragraph, 1 to 200 words, or article")
    return scope or ARTICLE


@lru_cache
def _scope_of(text: str) -> Scope | None:
    words = text.split()
    if words in (["sentence"], ["paragraph"], ["article"]):
        return Scope(words[0])  # type: ignore[arg-type]
    if len(words) == 2 and words[0].isdecimal() and 1 <= int(words[0]) <= 200:
        if words[1] == "words":
            return Scope("words", int(words[0]))
        if words[1] in ("sentence", "sentences") and int(words[0]) <= 20:
            return Scope("sentence", int(words[0]))
    return None


def read_over(file: RuleFile, node: yaml.Node) -> Over:
    """Return the window of `over:`."""
    found = file.items(node, ("origins", "window", "per"), "over")
    for missing in [one for one in ("origins", "window") if one not in found]:
        file.wrong(node, f"over needs '{missing}'")
    return Over(
        origins=file.whole(found["origins"], "origins", least=2, most=MOST_ORIGINS) if "origins" in found else 2,
        window=file.duration(found["window"], "the window") if "window" in found else timedelta(hours=1),
        per_story="per" in found and file.choice(found["per"], ("rule", "story"), "per") == "story",
    )


def read_spike(file: RuleFile, node: yaml.Node) -> Spike:
    """Return the spike of `spike:`."""
    found = file.items(node, ("window", "baseline", "learn", "at_least", "times"), "spike")
    window = file.duration(found["window"], "the window") if "window" in found else timedelta(hours=2)
    baseline = file.duration(found["baseline"], "the baseline") if "baseline" in found else timedelta(days=7)
    learn = file.duration(found["learn"], "learn") if "learn" in found else baseline / 4
    if not 4 <= baseline / window <= MOST_BUCKETS:
        file.wrong(node, f"the baseline is 4 to {MOST_BUCKETS} windows long")
    if learn > baseline:
        file.wrong(node, "learn is no longer than the baseline")
    return Spike(
        window=window,
        baseline=baseline,
        learn=learn,
        at_least=file.whole(found["at_least"], "at_least", most=MOST_KEYS) if "at_least" in found else 5,
        times=file.number(found["times"], "times", above=1) if "times" in found else 3.0,
    )


def read_quiet(file: RuleFile, node: yaml.Node) -> Quiet | None:
    """Return the quiet hours of `quiet:`; hours that begin when they end would silence a rule for ever."""
    found = file.items(node, ("hours", "zone", "days"), "quiet")
    for missing in [one for one in ("hours", "zone") if one not in found]:
        file.wrong(node, f"quiet needs '{missing}'")
    if "hours" not in found or "zone" not in found:
        return None
    zone = file.text_of(found["zone"], "a time zone")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        file.wrong(found["zone"], f"'{zone}' is no time zone; such as Africa/Niamey or UTC")
    start, _, end = file.text_of(found["hours"], "hours").replace(" ", "").partition("-")
    try:
        quiet = Quiet(time.fromisoformat(start), time.fromisoformat(end), zone, _days(file, found.get("days")))
    except ValueError:
        file.wrong(found["hours"], "hours are such as 22:00-06:00")
        return None
    if quiet.start == quiet.end:
        file.wrong(found["hours"], "hours begin and end at the same time; to silence a rule use 'mute: true'")
    return quiet


def _days(file: RuleFile, node: yaml.Node | None) -> frozenset[int] | None:
    if node is None:
        return None
    return frozenset(DAYS.index(file.choice(one, DAYS, "a day")) for one in file.each(node))


def read_mute(file: RuleFile, node: yaml.Node) -> tuple[bool, datetime | None]:
    """Return whether the rule is muted for good, or until when: `mute: true` or `mute: {until: 2026-12-01T00:00Z}`."""
    if isinstance(node, yaml.ScalarNode):
        return file.truth(node, "mute"), None
    found = file.items(node, ("until",), "mute")
    if "until" not in found:
        return False, None
    try:
        until = datetime.fromisoformat(file.text_of(found["until"], "until").replace("Z", "+00:00"))
    except ValueError:
        file.wrong(found["until"], "until is a time such as 2026-12-01T00:00Z")
        return False, None
    if until.tzinfo is None:
        file.wrong(found["until"], "until needs a time zone, such as 2026-12-01T00:00+01:00")
        return False, None
    return False, until.astimezone(UTC)


def read_tests(file: RuleFile, node: yaml.Node, first_line: int) -> tuple[dict[str, Any], ...]:
    """Return a rule's tests as they are written, and on which line of the rule; running them is the desk's work."""
    tests = []
    for one in file.each(node):
        test = plain(one)
        if not isinstance(test, dict) or len(KINDS & test.keys()) != 1:
            file.wrong(one, "a test has one of fires, silent or timeline")
            continue
        test["line"] = str(one.start_mark.line - first_line)
        tests.append(test)
    return tuple(tests)
