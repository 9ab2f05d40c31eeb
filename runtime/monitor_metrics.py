"""The metrics of the monitor; labels are closed sets, and every one starts at zero (docs/metrics.md)."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from runtime.metrics import LATENCY_BUCKETS, stream_metrics
from runtime.partition_status import Placed, skew
from schemas import streams

STREAM = "monitor"  # CloudEvents of type tocsin.monitor.*; bounded by the monitor
STANDING = "standing"  # hash: when the last canary came and how long it took, and who is silent
TO_FORGET = "to_forget"  # set of "kind:subject" that the monitor is asked to forget


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


class PartitionMetrics:
    """Where the partitions lie, what waits in each, how evenly they are used; a master is a number, not an address."""

    def __init__(self, *, partitions: Iterable[str], registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"tocsin_{name}", text, labels, registry=registry)

        partitions = tuple(partitions)
        self._messages = gauge("partition_messages", "Messages in all streams of the partition.", "partition")
        self._up = gauge("partition_up", "Whether the partition's master answers: 1 or 0.", "partition")
        self._slot = gauge("partition_slot", "Slot of Redis Cluster in which the partition lies.", "partition")
        self._master = gauge(
            "partition_master",
            "Which of the masters holds the partition, counted by address from 0; tocsin status names them.",
            "partition",
        )
        self._masters = gauge("partition_masters", "Masters that hold a partition.")
        self._skew = gauge("partition_skew", "Pages the fullest partition had, over those of the average one.")
        for tag in partitions:
            self._slot.labels(tag).set(streams.slot(tag))
            for one in (self._messages, self._up, self._master):
                one.labels(tag)

    def show(self, partitions: Sequence[Placed]) -> None:
        """Set the gauges to how the partitions stand; what is away keeps the last numbers that were seen."""
        masters = sorted({one.master for one in partitions})
        self._masters.set(len(masters))
        for one in partitions:
            self._up.labels(one.tag).set(0 if one.is_away else 1)
            self._master.labels(one.tag).set(masters.index(one.master))
            if not one.is_away:
                self._messages.labels(one.tag).set(sum(one.outstanding.values()))
        if not any(one.is_away for one in partitions):
            self._skew.set(skew(partitions))
