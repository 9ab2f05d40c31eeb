"""Metrics of deliver; label values are closed sets, and every one starts at zero."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

DELIVERY_OUTCOMES = ("delivered", "retried", "given_up", "disabled")
AGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)


class DeliverMetrics:
    """What deliver says of itself."""

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self.streams = Gauge("tocsin_event_streams", "Event streams that are open.", registry=registry)
        self.alerts_read = Counter("tocsin_alerts_read", "Alert events read from the log.", registry=registry)
        self.alerts_skipped = Counter(
            "tocsin_alerts_skipped", "Entries of the log that are no event, or one nobody is to see.", registry=registry
        )
        self.alert_age_seconds = Histogram(
            "tocsin_alert_age_seconds",
            "From the entry in the alert log to its reading for the event streams.",
            buckets=AGE_BUCKETS,
            registry=registry,
        )
        self.log_alerts = Gauge("tocsin_alert_log_alerts", "Alert events in the log.", registry=registry)
        self.requests = Counter(
            "tocsin_http_requests", "Requests answered, by class of status.", ("status",), registry=registry
        )
        for status in ("2xx", "3xx", "4xx", "5xx"):
            self.requests.labels(status)
        self._deliveries = Counter(
            "tocsin_deliveries",
            "Deliveries tried, by subscription and outcome.",
            ("subscription", "outcome"),
            registry=registry,
        )
        self._due = Gauge(
            "tocsin_deliveries_due", "Deliveries that wait for another try.", ("subscription",), registry=registry
        )
        self._dead = Gauge(
            "tocsin_deliveries_dead",
            "Deliveries that were given up and not replayed.",
            ("subscription",),
            registry=registry,
        )
        self._behind = Gauge(
            "tocsin_subscription_behind_seconds",
            "Age of the oldest alert that a subscription has not dealt with; 0: none.",
            ("subscription",),
            registry=registry,
        )

    def start_at_zero(self, subscriptions: Iterable[str]) -> None:
        """Make the counters of every subscription exist before its first delivery."""
        for subscription in subscriptions:
            for outcome in DELIVERY_OUTCOMES:
                self._deliveries.labels(subscription, outcome)
            self.stands(subscription, due=0, dead=0, behind_seconds=0.0)

    def delivery(self, subscription: str, outcome: str) -> None:
        """Count a delivery."""
        self._deliveries.labels(subscription, outcome).inc()

    def stands(self, subscription: str, *, due: int, dead: int, behind_seconds: float) -> None:
        """Note how a subscription stands."""
        self._due.labels(subscription).set(due)
        self._dead.labels(subscription).set(dead)
        self._behind.labels(subscription).set(behind_seconds)
