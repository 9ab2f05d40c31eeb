"""Metrics tell the truth: each is documented, named and bounded as the Prometheus guide asks."""

import re
import shutil
import subprocess

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from runtime.metrics import MOST_NAMES, AlertMetrics, RuleMetrics, SourceMetrics
from tests.contract.all_metrics import ROOT, families, metric_classes, registry_of

DOCS = ROOT / "docs/metrics.md"


def documented() -> set[str]:
    return set(re.findall(r"^\| `(\w+)", DOCS.read_text(), re.MULTILINE))


def test_every_metric_is_documented_and_every_documented_metric_exists():
    """docs/metrics.md and the code name the same metrics."""
    ours = set(families())

    assert documented() == ours


@pytest.mark.parametrize("family", list(families().values()), ids=lambda family: family.name)
def test_a_metric_is_named_as_the_guide_asks(family):
    """One prefix, base units, _total for counters only, and a help text that is a sentence."""
    assert family.name.startswith(("tocsin_", "process_"))
    assert not re.search(r"_(ms|millis|milliseconds|minutes|hours|kb|mb|percent)(_|$)", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert family.help.endswith(".")
    if "timestamp" in family.name:
        assert family.name.endswith("_timestamp_seconds")


def test_no_label_can_take_the_text_of_the_world():
    """Labels are closed or bounded sets: never an address, a title, a page or an error's text."""
    allowed = {"stage", "reason", "rule", "state", "kind", "change", "source", "result", "status", "subscription"}
    allowed |= {"outcome", "channel", "language", "partition"}

    found = {label for family in families().values() for label in family.labels}

    assert found <= allowed


@pytest.mark.parametrize(
    "fill",
    [
        pytest.param(lambda r, n: RuleMetrics(registry=r).start_at_zero(f"rule-{i}" for i in range(n)), id="rules"),
        pytest.param(lambda r, n: AlertMetrics(registry=r).start_at_zero(f"rule-{i}" for i in range(n)), id="alerts"),
        pytest.param(lambda r, n: fill_sources(SourceMetrics(registry=r), n), id="sources"),
    ],
)
def test_ten_times_the_names_make_no_more_series(fill):
    """Users decide how many rules and sources there are, and not how many series: the rest is "other"."""
    few, many = CollectorRegistry(), CollectorRegistry()

    fill(few, MOST_NAMES + 1)
    fill(many, MOST_NAMES * 10)

    assert len(generate_latest(many).splitlines()) == len(generate_latest(few).splitlines())
    assert b'="other"' in generate_latest(many)


def fill_sources(metrics: SourceMetrics, count: int) -> None:
    for number in range(count):
        metrics.gave_article(f"source-{number}", page_bytes=10, text_bytes=5)
        metrics.was_refused(f"source-{number}")


def test_counting_beyond_the_bound_loses_nothing():
    """What has no label of its own is counted under "other", so sums stay right."""
    registry = CollectorRegistry()
    metrics = SourceMetrics(registry=registry)

    fill_sources(metrics, MOST_NAMES * 2)

    samples = [s for family in registry.collect() for s in family.samples if s.name == "tocsin_source_pages_total"]
    assert sum(sample.value for sample in samples) == MOST_NAMES * 4


@pytest.mark.parametrize("metrics", list(metric_classes()), ids=lambda metrics: metrics.__name__)
def test_promtool_finds_nothing_to_say(metrics):
    """`promtool check metrics` accepts the text of each class; checked where promtool is installed."""
    text = generate_latest(registry_of(metrics))
    assert text
    if shutil.which("promtool"):
        said = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)

        assert (said.returncode, said.stdout + said.stderr) == (0, b"")


def test_a_hundred_thousand_rules_start_at_zero_as_fast_as_a_few() -> None:
    """They do so on the event loop of a worker that reloads them."""
    metrics = (AlertMetrics(registry=CollectorRegistry()), RuleMetrics(registry=CollectorRegistry()))
    asked: list[str] = []

    for one in metrics:
        one.start_at_zero(asked.append(f"rule-{i}") or f"rule-{i}" for i in range(100_000))  # type: ignore[func-returns-value]

    assert len(asked) == len(metrics) * (MOST_NAMES + 1)
