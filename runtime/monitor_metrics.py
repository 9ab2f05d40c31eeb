"""The metrics of the monitor; labels are closed sets, and every one starts at zero (docs/metrics.md)."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from runtime.metrics import LATENCY_BUCKETS, stream_metrics

STREAM = "monitor"  # CloudEvents of type tocsin.monitor.*; bounded by the monitor
STANDING = "standing"  # hash: when the last canary came and how long it took, and who is silent


class MonitorMetrics:
    """What the monitor sees: the canary's way through the pipeline, every stream, and who has fallen silent."""

    def __init__(self, *, stages: Iterable[str], kinds: Iterable[str], registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"tocsin_{name}", text, labels, registry=registry)

        self.streams = stream_metrics(stages, registry=registry)
        self.archive_trimmed = Counter(
            "tocsin_archive_trimmed_articles",
            "Articles taken out of the archive because the server came near its limit.",
            registry=registry,
        )
        self.canaries_sent = Counter("tocsin_canaries_sent", "Canary pages pushed.", registry=registry)
        self.canaries_arrived = Counter("tocsin_canaries_arrived", "Canary alerts seen.", registry=registry)
        self.canary_seconds = Histogram(
            "tocsin_canary_seconds",
            "From the push of a canary page to its alert.",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.canary_interval = gauge("canary_interval_seconds", "Time between two canary pages.")
        self.canary_last_sent = gauge(
            "canary_last_sent_timestamp_seconds", "When a canary page was last pushed, in Unix time; 0: never."
        )
        self.canary_last_arrived = gauge(
            "canary_last_arrived_timestamp_seconds",
            "When a canary alert last came out, in Unix time; the start of the monitor until the first has.",
        )
        silences = gauge("silences", "Sources, rules or languages that are quiet against expectation.", "kind")
        learned = gauge("silence_subjects", "Sources, rules or languages whose rhythm is known.", "kind")
        events = Counter(
            "tocsin_silence_events", "Silences that began or ended.", ("kind", "change"), registry=registry
        )
        self.silences = {kind: silences.labels(kind) for kind in kinds}
        self.silence_subjects = {kind: learned.labels(kind) for kind in self.silences}
        self.silence_events = {
            (kind, change): events.labels(kind, change) for kind in self.silences for change in ("began", "ended")
        }
        ProcessCollector(registry=registry)
