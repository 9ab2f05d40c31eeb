"""Every metric of every process, with its help text; label values are closed sets, and every one starts at zero.

Names follow Prometheus: base units, `_total` for counters, and few names with labels for the rest (docs/metrics.md).
"""

from collections.abc import Iterable, Iterator
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from runtime.stream_status import StageStatus

HANDLING_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
# Labels that users decide the number of (rules, sources) keep their own name up to here and are "other" beyond, so that
# a hundred thousand rules do not become a hundred thousand time series.
MOST_NAMES = 500
OTHER = "other"
# Why a message can die in any stage; a stage adds its own refusals.
DEAD_REASONS = ("invalid_message", "unexpected_error", "too_many_deliveries")


class Names:
    """The first MOST_NAMES names under their own label, all later ones as "other"."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self._known: set[str] = set()
        self._begun: set[str] = set()

    def label(self, name: str) -> str:
        """Return the label value of a name."""
        if name in self._known:
            return name
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name

    def begin(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the label values of some names that did not come here before; names in any number take no time."""
        for name in names:
            label = self.label(name)
            if label not in self._begun:
                self._begun.add(label)
                yield label
            if label == OTHER:
                return


class StageMetrics:
    """The metrics of one worker of one stage, to the Prometheus guide's section on offline processing."""

    def __init__(
        self,
        stage: str,
        *,
        registry: CollectorRegistry,
        dropped_reasons: Iterable[str] = (),
        dead_reasons: Iterable[str] = (),
        halves: Iterable[str] = (),
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
        # A second half reads a stream of its own; its messages count as the stage's.
        self.streams = stream_metrics((stage, *halves), registry=registry)
        ProcessCollector(registry=registry)  # memory, CPU time, open files and start of this process
        self._reloaded = gauge(
            "last_reload_successful", "Whether the files of the watch folder were good when last read: 1 or 0."
        ).labels(stage)
        self._reloaded.set(1)
        self.version = Info("tocsin_stage", "Versions of what the stage works with.", ("stage",), registry=registry)

    def dropped(self, reason: str) -> None:
        """Count a message dropped on purpose; a reason outside the closed set counts as `other`."""
        self._dropped.labels(self._stage, reason if reason in self.dropped_reasons else "other").inc()

    def dead(self, reason: str) -> None:
        """Count a dead letter; a reason outside the closed set counts as `other`."""
        self._dead.labels(self._stage, reason if reason in self.dead_reasons else "other").inc()

    def reloaded(self, *, is_good: bool) -> None:
        """Note that files of the watch folder were read again; after bad ones the last good ones are in force."""
        self._reloaded.set(1 if is_good else 0)

    def finished(self) -> None:
        """Note that a batch is done."""
        self.last_finished.set(time())


class StreamMetrics:
    """How a stage's stream stands, read from Redis now and then, by its workers and by the monitor.

    `waiting` is the stream's length less what workers hold: Redis's own `lag` is unknown (NULL) after deletions.
    """

    def __init__(self, stage: str, gauges: dict[str, Gauge]) -> None:
        self.length = gauges["stream_messages"].labels(stage)
        self.waiting = gauges["stream_waiting_messages"].labels(stage)
        self.pending = gauges["stream_pending_messages"].labels(stage)
        self.oldest_seconds = gauges["stream_oldest_message_seconds"].labels(stage)
        self.dead_letters = gauges["dead_letters"].labels(stage)
        self.consumers = gauges["stream_consumers"].labels(stage)
        self.busiest = gauges["stream_busiest_partition_messages"].labels(stage)

    def show(self, status: StageStatus) -> None:
        """Set the gauges to what Redis says of the stage, all its partitions added up."""
        self.length.set(status.length)
        self.waiting.set(status.waiting)
        self.pending.set(status.pending)
        self.oldest_seconds.set(status.oldest_seconds)
        self.dead_letters.set(status.dead_letters)
        self.consumers.set(status.consumers)
        self.busiest.set(status.busiest)


_STREAM_GAUGES = {
    "stream_messages": "Messages in the stage's stream: waiting and in progress.",
    "stream_waiting_messages": "Messages nobody has read yet.",
    "stream_pending_messages": "Messages that workers hold or left behind.",
    "stream_oldest_message_seconds": "Age of the oldest message in the stream; 0: empty.",
    "dead_letters": "Dead letters of the stage that nobody has retried or dropped.",
    "stream_consumers": "Consumers of the stage's group.",
    "stream_busiest_partition_messages": "Messages in the fullest of the stage's partitions.",
}


def stream_metrics(stages: Iterable[str], *, registry: CollectorRegistry) -> dict[str, StreamMetrics]:
    """Return the stream gauges of each stage; a process has them once, for one stage or for all."""
    gauges = {
        name: Gauge(f"tocsin_{name}", text, ("stage",), registry=registry) for name, text in _STREAM_GAUGES.items()
    }
    return {stage: StreamMetrics(stage, gauges) for stage in stages}


class AlertMetrics:
    """What the alert stage says of its alerts."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._rules = Names()
        self._alerts = Counter(
            "tocsin_alerts", "Alert events written, by rule and state.", ("rule", "state"), registry=registry
        )
        self._decisions = Counter(
            "tocsin_decisions", "Rules that held for an article, by what became of it.", ("state",), registry=registry
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

    def decided(self, state: str, count: int = 1) -> None:
        """Count what became of candidates; `count` 0 makes the state exist before its first one."""
        self._decisions.labels(state).inc(count)

    def start_at_zero(self, rules: Iterable[str]) -> None:
        """Make every rule's counters exist before its first alert."""
        for label in self._rules.begin(rules):
            for state in ("opened", "updated", "retracted"):
                self._alerts.labels(label, state)

    def rang(self, rule: str, state: str) -> None:
        """Count an alert event."""
        self._alerts.labels(self._rules.label(rule), state).inc()


class RuleMetrics:
    """What each rule costs and yields. The first MOST_NAMES rules by name; the others together as "other"."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._names = Names()

        def counter(name: str, text: str) -> Counter:
            return Counter(f"tocsin_rule_{name}", text, ("rule",), registry=registry)

        self._candidates = counter("candidates", "Articles that the index could not rule out for the rule.")
        self._hits = counter("hits", "Articles that satisfied the rule's condition.")
        self._seconds = counter("seconds", "Processor time the rule's condition took.")
        self._last_hit = Gauge(
            "tocsin_rule_last_hit_timestamp_seconds",
            "When the rule was last satisfied, in Unix time; 0: never.",
            ("rule",),
            registry=registry,
        )

    def start_at_zero(self, rules: Iterable[str]) -> None:
        """Make every rule's series exist before its first candidate."""
        for label in self._names.begin(rules):
            for series in (self._candidates, self._hits, self._seconds, self._last_hit):
                series.labels(label)

    def looked(self, rule: str, *, candidates: int, hits: int, seconds: float) -> None:
        """Count what evaluating a rule took and found."""
        label = self._names.label(rule)
        self._candidates.labels(label).inc(candidates)
        self._hits.labels(label).inc(hits)
        self._seconds.labels(label).inc(seconds)
        last_hit = self._last_hit.labels(label)
        if hits:
            last_hit.set(time())


class SourceMetrics:
    """What comes from each source: pages, refusals, how much of a page is article, and how fresh."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._names = Names()

        def counter(name: str, text: str) -> Counter:
            return Counter(f"tocsin_source_{name}", text, ("source",), registry=registry)

        self._pages = counter("pages", "Pages of the source that the cleaner finished with.")
        self._refused = counter("refused_pages", "Pages of the source that gave no article.")
        self._page_bytes = counter("page_bytes", "Size of the source's pages that gave an article.")
        self._text_bytes = counter("text_bytes", "Size of the article text in them; over page bytes: the yield.")
        self._last_article = Gauge(
            "tocsin_source_last_article_timestamp_seconds",
            "When the source last gave an article, in Unix time; 0: never.",
            ("source",),
            registry=registry,
        )

    def gave_article(self, source: str, *, page_bytes: int, text_bytes: int) -> None:
        """Count a page that became an article."""
        label = self._names.label(source)
        self._pages.labels(label).inc()
        self._refused.labels(label)
        self._page_bytes.labels(label).inc(page_bytes)
        self._text_bytes.labels(label).inc(text_bytes)
        self._last_article.labels(label).set(time())

    def was_refused(self, source: str) -> None:
        """Count a page that gave no article."""
        label = self._names.label(source)
        self._pages.labels(label).inc()
        self._refused.labels(label).inc()
        self._last_article.labels(label)
