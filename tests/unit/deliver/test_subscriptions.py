"""The file of subscriptions: everything that is wrong is told at once, with its line, and no secret is shown."""

import base64
from datetime import timedelta

import pytest

from runtime.errors import Misconfigured
from services.deliver.channels import CHANNELS, Channel, Kind, Outcome
from services.deliver.facts import Entry
from services.deliver.messages import text_of, title_of
from services.deliver.subscriptions import Subscription, parse_subscriptions
from tests.unit.deliver.build import an_alert

SECRET = "whsec_" + base64.b64encode(b"x" * 24).decode()
GOOD = f"""
subscriptions:
  - id: hook
    webhook: https://a.example/in
    secrets: [{SECRET}, env:OLD]
    where: {{min_severity: high, actor: [NER, MLI]}}
    start: beginning
  - id: desk
    notify: env:CHAT
    every: 10m
    title: "$severity: $rule"
"""


def resolve(text: str) -> str:
    return {"env:OLD": SECRET, "env:CHAT": "json://chat.example/secret-path"}.get(text, text)


def test_a_good_file_is_read() -> None:
    """Secrets come from where they are kept, and are never shown."""
    hook, desk = parse_subscriptions(GOOD, "subscriptions.yaml", resolve, CHANNELS)

    assert (hook.channel, hook.secrets, hook.start) == ("webhook", (SECRET, SECRET), "0-0")
    assert hook.wanted.actor == (frozenset({"NER", "MLI"}),)
    assert hook.wanted.severity == (frozenset({"high", "critical"}),)
    assert (desk.channel, desk.target, desk.every) == (
        "notify",
        "json://chat.example/secret-path",
        timedelta(minutes=10),
    )
    assert SECRET not in repr(hook) and "secret-path" not in repr(desk)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("id: Hook", "id: expected lower-case", id="a bad id"),
        pytest.param("id: x, webhook: 'file:///etc/passwd'", "expected http or https", id="no web address"),
        pytest.param("id: x, webhook: 'https://a.example/'", "secrets: expected at least one", id="no secret"),
        pytest.param("id: x, webhook: 'https://a/', notify: 'json://b'", "expected one of 'webhook'", id="two targets"),
        pytest.param("id: x, notify: 'json://b', every: soon", "every: expected a time", id="no duration"),
        pytest.param("id: x, notify: 'json://b', text: '$nothing'", r"do not know: \$nothing", id="an unknown word"),
        pytest.param("id: x, notify: 'json://b', text: '${'", "do not know", id="a broken template"),
        pytest.param("id: x, notify: 'json://b', where: {colour: red}", "'colour' is unknown", id="an unknown filter"),
        pytest.param("id: x, notify: 'json://b', where: {severity: big}", "expected low", id="an unknown severity"),
        pytest.param("id: x, notify: 'json://b', start: later", "expected a position", id="no start"),
        pytest.param("id: x, nottify: 'json://b'", "'nottify' is unknown", id="a typing mistake"),
    ],
)
def test_each_mistake_is_told_with_its_line(line: str, message: str) -> None:
    """A file with a mistake is refused whole."""
    with pytest.raises(Misconfigured, match=message) as refusal:
        parse_subscriptions("subscriptions:\n  - {" + line + "}\n", "s.yaml", resolve, CHANNELS)
    assert str(refusal.value).startswith("s.yaml:2: ")


@pytest.mark.parametrize("text", ["a: 1", "[]", "subscriptions: 3", "subscriptions: [", "x", "{{}}", "[" * 20_000])
def test_what_is_no_file_of_subscriptions_is_refused(text: str) -> None:
    """And what is expected is said."""
    with pytest.raises(Misconfigured, match=r"s\.yaml:"):
        parse_subscriptions(text, "s.yaml", resolve, CHANNELS)


def test_a_message_says_what_rang_and_a_digest_each_story_once() -> None:
    """Two revisions of one story are one paragraph, by the newest of them."""
    _, desk = parse_subscriptions(GOOD, "subscriptions.yaml", resolve, CHANNELS)
    first, other = an_alert(1, story="st_1", title="First report"), an_alert(2, story="st_2", title="Other story")
    newer = an_alert(1, story="st_1", title="Newer report", revision=2, origins=3)

    assert title_of(desk, [first]) == "high: Niger and Russia: military ties"
    assert title_of(desk, [first, other]).startswith("2 alerts: high: ")
    text = text_of(desk, [first, other, newer])
    assert "First report" not in text
    assert text.count("\n\n") == 1 and "3 independent origins" in text and "Other story" in text


def test_a_stream_has_one_writer() -> None:
    """Two subscriptions with filters of their own would keep each other's alerts out of one stream."""
    text = "subscriptions:\n  - {id: one, stream: mine}\n  - {id: two, stream: mine, where: {min_severity: high}}\n"

    with pytest.raises(Misconfigured, match=r"s.yaml:3: stream: 'mine' is written by one already"):
        parse_subscriptions(text, "s.yaml", resolve, CHANNELS)


def test_a_named_stream_beside_those_of_the_rules_cannot_be_one_of_them() -> None:
    """A rule may be called `coups` today or tomorrow; the second writer of its stream would lose alerts silently."""
    text = "subscriptions:\n  - {id: one, stream: $rule_id}\n  - {id: two, stream: coups}\n"

    with pytest.raises(Misconfigured, match=r"s.yaml:3: stream: 'coups' is written by one already"):
        parse_subscriptions(text, "s.yaml", resolve, CHANNELS)
    assert parse_subscriptions(text.replace("coups", "all_coups"), "s.yaml", resolve, CHANNELS)


def test_a_channel_is_one_row_of_a_table() -> None:
    """What it wants and what is wrong with it is told by the channel itself; nothing else names it."""

    def check(target: str, secrets: tuple[str, ...]) -> None:
        if not target.isdigit():
            raise Misconfigured("pager: expected digits")

    async def page(subscription: Subscription, entries: list[Entry]) -> Outcome:
        return Outcome("delivered", subscription.target)

    table = {**CHANNELS, "pager": Kind("a number", check, lambda _: Channel(page, gathers=True))}
    text = "subscriptions:\n  - {id: on-call, pager: 117}\n"

    (subscription,) = parse_subscriptions(text, "s.yaml", resolve, table)

    assert (subscription.channel, subscription.target) == ("pager", "117")
    for wrong, told in (
        (text.replace("117", "me"), "s.yaml:2: on-call: pager: expected digits"),
        (
            text.replace(", pager: 117", ""),
            "'notify' (an Apprise URL), 'pager' (a number), 'stream' (a name, or $rule_id)",
        ),
        (text, "s.yaml:2: 'pager' is unknown; one of: id, webhook, notify, stream, secrets"),
    ):
        with pytest.raises(Misconfigured) as caught:
            parse_subscriptions(wrong, "s.yaml", resolve, CHANNELS if wrong == text else table)
        assert told in str(caught.value)
