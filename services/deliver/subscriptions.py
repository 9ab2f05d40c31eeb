"""Subscriptions: who is told of alerts by webhook, chat, mail or a stream; one YAML file, all mistakes at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from string import Template
from typing import Any, Protocol

import yaml

from runtime.errors import Misconfigured
from services.deliver.alert_filter import EVERYTHING, PARAMETERS, AlertFilter, WrongFilter, build_filter
from services.deliver.positions import parse_start

FIELDS = ("secrets", "where", "start", "every", "title", "text")  # beside the id and the channel
WORDS = ("rule", "rule_id", "severity", "headline", "source", "url", "quote", "because", "pages", "origins", "story")
TITLE = "$rule"
TEXT = "$headline\n$quote\n$source · $pages pages, $origins independent origins\n$url"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
BY_RULE = "$rule_id"  # a stream of this name is one for each rule
_DURATION = re.compile(r"(\d{1,6})(s|m|h|d)\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Resolve = Callable[[str], str]  # "env:NAME" or "file:PATH" → what stands there; raises Misconfigured


class Channel(Protocol):
    """What a subscription has to know of a channel."""

    @property
    def target_is(self) -> str:
        """What its target is, for a person."""

    @property
    def check(self) -> Callable[[str, tuple[str, ...]], None]:
        """Raises Misconfigured when a target and its secrets cannot be right."""


Channels = Mapping[str, Channel]


class _Stream:
    """A stream in our own Redis; not sent to, but written with the log (adapters/rule_streams.py)."""

    target_is = f"a name, or {BY_RULE}"

    def check(self, target: str, secrets: tuple[str, ...]) -> None:
        if target != BY_RULE and not _ID.match(target):
            raise Misconfigured(f"stream: expected lower-case letters, digits, - and _, or {BY_RULE}")


@dataclass(frozen=True)
class Subscription:
    """Who is told what, where, and how often. `target` and `secrets` are never shown."""

    id: str
    channel: str  # its name
    target: str
    secrets: tuple[str, ...] = ()  # the first signs; the others too, while keys are changed
    wanted: AlertFilter = EVERYTHING
    start: str = "$"
    every: timedelta = timedelta(0)  # alerts are gathered this long into one message
    title: str = TITLE
    text: str = TEXT

    def __repr__(self) -> str:
        return f"Subscription({self.id!r}, {self.channel!r})"


def parse_subscriptions(text: str, where: str, resolve: Resolve, channels: Channels) -> tuple[Subscription, ...]:
    """Return the subscriptions of a file; raises Misconfigured that names each mistake with file and line."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        given = None if root is None else yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise Misconfigured(f"{where}{line}: this is no YAML: {getattr(error, 'problem', 'unreadable')}") from None
    except RecursionError:
        raise Misconfigured(f"{where}:1: nested too deeply to be subscriptions") from None
    if root is None:
        return ()
    if not isinstance(given, dict) or set(given) != {"subscriptions"} or not isinstance(given["subscriptions"], list):
        raise Misconfigured(f"{where}:1: expected `subscriptions:` with a list")
    [(_, nodes)] = root.value
    found: list[Subscription] = []
    mistakes: list[str] = []
    for node, one in zip(nodes.value, given["subscriptions"], strict=True):
        try:
            subscription = _read(one, resolve, {**channels, "stream": _Stream()})
            if any(subscription.id == other.id for other in found):
                raise Misconfigured(f"id: '{subscription.id}' is taken by another subscription")
            if subscription.channel == "stream" and (other := _writer(subscription.target, found)):
                raise Misconfigured(
                    f"stream: '{subscription.target}' is written by {other} already; one stream, one writer"
                )
            found.append(subscription)
        except Misconfigured as error:
            mistakes += [f"{where}:{node.start_mark.line + 1}: {line}" for line in str(error).splitlines()]
    if mistakes:
        raise Misconfigured("\n".join(mistakes))
    return tuple(found)


def _writer(stream: str, found: list[Subscription]) -> str | None:
    """Return who writes a stream already: two writers, of which one is ahead, would keep the other's alerts out.

    Beside a stream for each rule, only a name with an underscore is never that of a rule, today or tomorrow.
    """
    others = [other for other in found if other.channel == "stream"]
    return next((other.id for other in others if _may_be_one(other.target, stream)), None)


def _may_be_one(one: str, other: str) -> bool:
    return one == other or (BY_RULE in (one, other) and "_" not in (one + other).replace(BY_RULE, ""))


def _read(given: Any, resolve: Resolve, channels: Channels) -> Subscription:
    if not isinstance(given, dict):
        raise Misconfigured("expected a subscription with an id")
    fields = ("id", *channels, *FIELDS)
    if unknown := [str(name) for name in given if name not in fields]:
        raise Misconfigured(f"'{unknown[0][:40]}' is unknown; one of: {', '.join(fields)}")
    id = str(given.get("id", ""))
    if not _ID.match(id):
        raise Misconfigured("id: expected lower-case letters, digits, - and _")
    channel, *others = [name for name in channels if name in given] or [""]
    if not channel or others:
        known = ", ".join(f"'{name}' ({one.target_is})" for name, one in channels.items())
        raise Misconfigured(f"{id}: expected one of {known}")
    target = resolve(str(given[channel]))
    secrets = tuple(resolve(str(one)) for one in _list(given.get("secrets")))
    try:
        channels[channel].check(target, secrets)
    except Misconfigured as error:
        raise Misconfigured(f"{id}: {error}") from None
    for name in ("title", "text"):
        _check_template(id, str(given.get(name, "")))
    return Subscription(
        id=id,
        channel=channel,
        target=target,
        secrets=secrets,
        wanted=_filter(id, given.get("where") or {}),
        start=parse_start(str(given.get("start", "now"))),
        every=_duration(id, given.get("every", "0s")),
        title=str(given.get("title", TITLE)),
        text=str(given.get("text", TEXT)),
    )


def _check_template(id: str, text: str) -> None:
    template = Template(text)
    if not template.is_valid() or (unknown := set(template.get_identifiers()) - set(WORDS)):
        named = f": ${sorted(unknown)[0]}" if template.is_valid() else ""
        raise Misconfigured(f"{id}: a template has a word we do not know{named}; one of: ${', $'.join(WORDS)}")


def _filter(id: str, given: Any) -> AlertFilter:
    if not isinstance(given, dict):
        raise Misconfigured(f"{id}: where: expected names and values")
    if unknown := [str(name) for name in given if name not in (*PARAMETERS, "min_severity")]:
        raise Misconfigured(f"{id}: where: '{unknown[0][:40]}' is unknown; one of: {', '.join(PARAMETERS)}")
    try:
        return build_filter({name: [_joined(value)] for name, value in given.items()})
    except WrongFilter as error:
        raise Misconfigured(f"{id}: where: {error}") from None


def _joined(value: Any) -> str:
    return ",".join(map(str, _list(value)))


def _list(value: Any) -> Iterable[Any]:
    return () if value is None else value if isinstance(value, list) else (value,)


def _duration(id: str, value: Any) -> timedelta:
    found = _DURATION.match(str(value))
    if not found:
        raise Misconfigured(f"{id}: every: expected a time such as 10m or 1h, found '{str(value)[:20]}'")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
