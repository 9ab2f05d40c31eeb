"""What produce says of its sources; labels are closed sets, every one starts at zero."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.produce import fetch_errors, refusals
from services.produce.adapters.entry_pages import STALE
from services.produce.feed_to_entries import NoFeed
from services.produce.sitemap_to_entries import NoSitemap

# Why something that was looked at did not become a page.
DROP_REASONS = (*refusals.REASONS, *fetch_errors.REASONS, NoFeed("").reason, NoSitemap("").reason)
DROP_REASONS += (STALE, "duplicate", "unchanged")


class ProduceMetrics:
    """The metrics of one producer."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self.readings = Counter(
            "tocsin_source_readings", "Readings of sources, by kind and result.", ("kind", "result"), registry=registry
        )
        self.sources = Gauge("tocsin_sources", "Sources, by state.", ("state",), registry=registry)
        self.pages = Counter("tocsin_pages_pushed", "Pages pushed into the pipeline.", registry=registry)
        self.waits = Counter(
            "tocsin_push_waits",
            "Pauses because the pipeline was full or Redis away (back-pressure).",
            registry=registry,
        )
        self._dropped = Counter("tocsin_pages_dropped", "Pages not taken, by reason.", ("reason",), registry=registry)
        for reason in DROP_REASONS:
            self._dropped.labels(reason)
        for state in ("reading", "waiting", "failing", "silent"):
            self.sources.labels(state)

    def start_at_zero(self, kinds: tuple[str, ...]) -> None:
        """Make every kind's counters exist before its first reading."""
        for kind in kinds:
            for result in ("new", "nothing_new", "failed"):
                self.readings.labels(kind, result)

    def dropped(self, reason: str) -> None:
        """Count a page that was not taken; a reason outside the closed set counts as `other`."""
        self._dropped.labels(reason if reason in DROP_REASONS else "other").inc()
