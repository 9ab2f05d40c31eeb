"""Every metric of every process, with its help text; label values are closed sets, and every one starts at zero.

Names follow Prometheus: base units, `_total` for counters, and few names with labels for the rest (docs/metrics.md).
"""

from collections.abc import Iterable
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

HANDLING_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
# Why a message can die in any stage; a stage adds its own refusals.
DEAD_REASONS = ("invalid_message", "unexpected_error", "too_many_deliveries")


class StageMetrics:
    """The metrics of one worker of one stage, to the Prometheus guide's section on offline processing."""

    def __init__(
        self,
        stage: str,
        *,
        registry: CollectorRegistry,
        dropped_reasons: Iterable[str] = (),
        dead_reasons: Iterable[str] = (),
    ) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"tocsin_{name}", text, ("stage", *labels), registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"tocsin_{name}", text, ("stage", *labels), registry=registry)

        self.received = counter("messages_received", "Messages read from the stage's stream.").labels(stage)
        self.sent = counter("messages_sent", "Messages written to the next stream.").labels(stage)
        self.claimed = counter("messages_claimed", "Messages adopted from workers that died or let go.").labels(stage)
        self.waited_for_room = counter(
            "waits_for_room", "Pauses because the next stream was full (back-pressure)."
        ).labels(stage)
        self.in_progress = gauge("messages_in_progress", "Messages this worker holds.").labels(stage)
        self.last_finished = gauge(
            "last_finished_timestamp_seconds", "When the worker last finished a batch, in Unix time; 0: never."
        ).labels(stage)
        self.handling_seconds = Histogram(
            "tocsin_handling_seconds",
            "Time the stage's own work took for one message.",
            ("stage",),
            buckets=HANDLING_BUCKETS,
            registry=registry,
        ).labels(stage)
        self._dropped = counter("messages_dropped", "Messages dropped on purpose, by reason.", "reason")
        self._dead = counter("messages_dead", "Messages that became dead letters, by reason.", "reason")
        self._stage = stage
        self.dropped_reasons = frozenset(dropped_reasons)
        self.dead_reasons = frozenset((*DEAD_REASONS, *dead_reasons))
        for reason in self.dropped_reasons:
            self._dropped.labels(stage, reason)
        for reason in self.dead_reasons:
            self._dead.labels(stage, reason)
        self.stream = StreamMetrics(stage, registry=registry)
        self.version = Info("tocsin_stage", "Versions of what the stage works with.", ("stage",), registry=registry)

    def dropped(self, reason: str) -> None:
        """Count a message dropped on purpose; a reason outside the closed set counts as `other`."""
        self._dropped.labels(self._stage, reason if reason in self.dropped_reasons else "other").inc()

    def dead(self, reason: str) -> None:
        """Count a dead letter; a reason outside the closed set counts as `other`."""
        self._dead.labels(self._stage, reason if reason in self.dead_reasons else "other").inc()

    def finished(self) -> None:
        """Note that a batch is done."""
        self.last_finished.set(time())


class StreamMetrics:
    """How the stage's stream stands, read from Redis now and then.

    `waiting` is the stream's length less what workers hold: Redis's own `lag` is unknown (NULL) after deletions.
    """

    def __init__(self, stage: str, *, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"tocsin_{name}", text, ("stage",), registry=registry).labels(stage)

        self.length = gauge("stream_messages", "Messages in the stage's stream: waiting and in progress.")
        self.waiting = gauge("stream_waiting_messages", "Messages nobody has read yet.")
        self.pending = gauge("stream_pending_messages", "Messages that workers hold or left behind.")
        self.oldest_seconds = gauge(
            "stream_oldest_message_seconds", "Age of the oldest message in the stream; 0: empty."
        )
        self.dead_letters = gauge("dead_letters", "Dead letters of the stage that nobody has retried or dropped.")
        self.consumers = gauge("stream_consumers", "Consumers of the stage's group.")


class AlertMetrics:
    """What the alert stage says of its alerts."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._alerts = Counter(
            "tocsin_alerts", "Alert events written, by rule and state.", ("rule", "state"), registry=registry
        )
        self.page_to_alert = Histogram(
            "tocsin_page_to_alert_seconds",
            "From the push of a page to its alert in the log.",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.published_to_alert = Histogram(
            "tocsin_published_to_alert_seconds",
            "From the publication of an article to its alert, where the page states it with a zone.",
            buckets=(60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600),
            registry=registry,
        )

    def start_at_zero(self, rules: Iterable[str]) -> None:
        """Make every rule's counters exist before its first alert."""
        for rule in rules:
            for state in ("opened", "updated"):
                self._alerts.labels(rule, state)

    def rang(self, rule: str, state: str) -> None:
        """Count an alert event."""
        self._alerts.labels(rule, state).inc()
