"""Tokens, pace, filters and the index of alerts."""

from hypothesis import given
from hypothesis import strategies as st

from services.deliver.access import Pace, hash_of, needed_scope, parse_tokens, presented_token, token_line
from services.deliver.alert_filter import EVERYTHING, build_filter
from services.deliver.alert_index import AlertIndex
from services.deliver.facts import Facts, to_data, to_entry
from services.deliver.positions import as_numbers
from tests.unit.deliver.build import an_event


def test_a_token_is_found_by_its_hash_alone() -> None:
    """The file holds no token, and nothing but the token opens it."""
    line = token_line("ana", ("read", "rules"), "secret")
    tokens = parse_tokens(f"# people\n{line} # remark\n", "tokens")

    found = tokens.find("secret")
    assert found is not None and (found.name, found.scopes) == ("ana", frozenset({"read", "rules"}))
    assert tokens.find(hash_of("secret")) is None and "secret" not in line


def test_every_write_needs_a_scope_of_its_own() -> None:
    """What is not known to be harmless needs the scope of rules; everything under /v1 needs one."""
    table = {
        ("GET", "/"): None,
        ("GET", "/page/main.js"): None,
        ("GET", "/livez"): None,
        ("GET", "/metrics"): "read",
        ("GET", "/v1/alerts"): "read",
        ("POST", "/v1/rules/explain"): "read",
        ("POST", "/v1/pages"): "push",
        ("PUT", "/v1/rules/x"): "rules",
        ("DELETE", "/v1/rules/x"): "rules",
        ("POST", "/v1/subscriptions/x/replay"): "operate",
        ("PATCH", "/v1/whatever"): "rules",
    }
    assert {asked: needed_scope(*asked) for asked in table} == table


@given(st.text())
def test_any_header_is_read_without_an_error(header: str) -> None:
    """Strangers write what they like."""
    assert isinstance(presented_token(header), str)
    assert isinstance(presented_token("Basic " + header), str)


def test_a_client_may_ask_so_often_and_no_more() -> None:
    """The burst at once, then the pace; others are not concerned."""
    pace = Pace(per_second=2, burst=3)

    assert [pace.wait_seconds("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert pace.wait_seconds("b", 0.0) == 0
    assert [pace.wait_seconds("a", 1.0) for _ in range(3)] == [0, 0, 0.5]


@given(st.binary(max_size=200))
def test_any_bytes_in_the_log_are_an_event_or_nothing(data: bytes) -> None:
    """No entry stops a subscriber, and what has facts is delivered."""
    entry = to_entry("1-0", data)

    assert entry is None or entry.data == to_data("1-0", data)


@given(
    st.sampled_from(["", "null", "[]", "3", '"x"', "{}", '{"id":1}', '{"id":"a","type":[]}', '{"id":"a","type":{}}'])
)
def test_json_that_is_no_event_is_nothing(text: str) -> None:
    """Of whatever shape."""
    assert to_entry("1-0", text.encode()) is None
    assert to_data("1-0", text.encode()) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=60), st.integers(1, 8))
def test_the_index_holds_the_newest_and_knows_each_newest_revision(steps: list[tuple[bool, int]], size: int) -> None:
    """Filled from both ends, in any order of fills and rings; compared with a plain list."""
    index, plain, low, high = AlertIndex(size), [], 1000, 1001
    for is_new, alert in steps:
        at = high if is_new else low
        facts = Facts(id=f"{at}-0", event=f"e{at}", type="tocsin.alert.opened", alert=f"al_{alert}")
        if is_new:
            high += 1
            index.add_new(facts)
            plain = [*plain, facts][-size:]
        else:
            low -= 1
            took = index.add_old(facts)
            assert took == (len(plain) < size)
            plain = [facts, *plain] if took else plain

    assert list(index.facts) == plain
    newest = {one.alert: one for one in plain}
    assert {one.id for one in index.newest_first(EVERYTHING, latest_only=True)} == {one.id for one in newest.values()}
    assert all([one.id for one in index.of_alert(a)] == [one.id for one in plain if one.alert == a] for a in newest)
    if plain:
        index.forget_before(plain[len(plain) // 2].id)
        assert list(index.facts) == plain[len(plain) // 2 + 1 :]
        assert all(as_numbers(one.id) > as_numbers(plain[len(plain) // 2].id) for one in index.facts)


def test_what_is_unknown_satisfies_no_filter() -> None:
    """Fail closed: an alert without a language is not in English, nor in anything else."""
    entry = to_entry("1-0", an_event(1).to_json())
    assert entry is not None
    unknown = Facts(id="1-0", event="e", type="t", alert="a")

    assert build_filter({"language": ["en"]}).matches(entry.facts)
    assert not build_filter({"language": ["en,fr"]}).matches(unknown)
    assert not build_filter({"actor": ["NER"]}).matches(unknown)
    assert build_filter({"actor": [""], "rule": []}).matches(entry.facts) is False


def test_a_walk_through_the_index_is_not_disturbed_by_what_rings_meanwhile() -> None:
    """A thread reads the index as it was asked for, while alerts come and the oldest leave."""
    index = AlertIndex(3)
    for number in range(3):
        index.add_new(Facts(f"{number + 1}-0", f"e{number}", "t", alert=f"a{number}"))
    walk = index.as_it_is().newest_first(EVERYTHING, latest_only=True)

    first = next(walk)
    for number in range(3, 9):
        index.add_new(Facts(f"{number + 1}-0", f"e{number}", "t", alert=f"a{number}"))

    assert [one.alert for one in (first, *walk)] == ["a2", "a1", "a0"]
    assert [one.alert for one in index.newest_first(EVERYTHING, latest_only=True)] == ["a8", "a7", "a6"]
