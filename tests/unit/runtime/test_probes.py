"""What a process serves beside its work: its health and its metrics, each metric once."""

import urllib.request

import pytest
from prometheus_client import CollectorRegistry

from runtime import probes
from runtime.metrics import StageMetrics


def served(registry: CollectorRegistry, path: str) -> str:
    port, stop = probes.serve("127.0.0.1", 0, registry=registry, is_live=lambda: None, is_ready=lambda: None)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return str(answer.read().decode())
    finally:
        stop()


@pytest.mark.parametrize("is_stage", [True, False], ids=["a stage", "another process"])
def test_every_process_shows_its_memory_once(is_stage):
    """Stages bring the metrics of their process, others get them; a name that stands twice fails the whole scrape."""
    registry = CollectorRegistry()
    if is_stage:
        StageMetrics("clean", registry=registry)

    text = served(registry, "/metrics")

    assert text.count("# HELP process_resident_memory_bytes") == 1


def test_a_process_that_is_well_says_so():
    """What an engine or a cluster asks."""
    assert served(CollectorRegistry(), "/livez") == "ok\n"
