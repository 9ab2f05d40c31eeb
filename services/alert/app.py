"""alert reads tagged articles and writes alerts."""

import asyncio
import contextlib
import logging
import signal
from datetime import UTC, datetime
from typing import Any

from faststream import FastStream
from prometheus_client import CollectorRegistry
from redis.exceptions import RedisError

from runtime.errors import Misconfigured
from runtime.ingest import edges
from runtime.metrics import AlertMetrics, RuleMetrics, StageMetrics
from runtime.settings import RuntimeSettings, load
from runtime.stage import Hands, Stage
from runtime.stage_app import stage_app, stages_of
from schemas import streams
from services.alert.adapters.alerter import Alerter, CommitReport
from services.alert.adapters.forwarder import REMEMBER_SECONDS, Forwarder
from services.alert.adapters.rule_files import LiveRules
from services.alert.adapters.settling import Settling
from services.alert.adapters.state import RedisState
from services.alert.ledger import STATES
from services.alert.rulebook import Rulebook
from services.desk.vocabulary import load_vocabulary, on_catalogue_change

log = logging.getLogger("tocsin.alert")


class AlertStage:
    """The alerter, the forwarders of all partitions where there are several, and the rules they share."""

    def __init__(self, settings: RuntimeSettings) -> None:
        self.watch_dir = settings.watch_dir
        self.registry = CollectorRegistry()
        self.metrics = StageMetrics(
            "alert",
            registry=self.registry,
            dropped_reasons=("no_rule", "canary_without_rule"),
            halves=settings.stages[len(streams.STAGES) :],
        )
        self.alerts = AlertMetrics(registry=self.registry)
        for state in STATES:
            self.alerts.decided(state, 0)
        self.costs = RuleMetrics(registry=self.registry)
        self.rules = LiveRules.open(settings.watch_dir, load_vocabulary(settings.watch_dir))
        self.rules.on_reload = self.use
        # With one partition its alerter does everything; with several, or TOCSIN_SETTLE, home decides for all.
        self.settings, decides = settings, settings.stages[-1]
        home = RedisState(settings.stream_prefix, settings.tags[0], decides, in_order=bool(settings.settle))
        self.alerter = Alerter(self.rules.rulebook, home, on_report=self.count)
        self.forwarders = {
            tag: Forwarder(self.rules.rulebook, RedisState(settings.stream_prefix, tag), on_report=self.count)
            for tag in (settings.tags if decides == streams.DECIDE else ())
        }
        self.settling = Settling(settings.stream_prefix, settings.settle, settings.max_waiting)
        self.use(self.rules.rulebook, is_good=True)

    def use(self, rulebook: Rulebook, is_good: bool) -> None:
        """Put a rulebook in force, on every partition at once."""
        versions = {"rules": rulebook.version, "catalogue": rulebook.vocabulary_version}
        self.metrics.version.labels("alert").info(versions)
        self.metrics.reloaded(is_good=is_good)
        self.alerts.start_at_zero(rulebook.rules)
        self.costs.start_at_zero(rulebook.rules)
        self.alerter.rulebook = rulebook
        for forwarder in self.forwarders.values():
            forwarder.rulebook = rulebook

    def stages(self) -> list[Stage]:
        """Return what this worker does: match and decide at once, or forward in every partition and decide at home."""
        prepare = self.rules.turns.before(self.alerter.prepare)
        if not self.forwarders:
            return stages_of("alert", prepare, self.settings, self.metrics, lambda _: self.alerter.hand_off)
        hands, match = Hands("alert"), self.rules.turns.before(self.forwarders[streams.HOME].match)
        return stages_of(
            "alert", match, self.settings, self.metrics, lambda tag: self.forwarders[tag].hand_off, hands
        ) + stages_of(streams.DECIDE, prepare, self.settings, self.metrics, lambda _: self.alerter.hand_off, hands)

    def count(self, report: CommitReport) -> None:
        """Count what a commit wrote and cost, and how long it took from the page's publication and push."""
        now = datetime.now(UTC)
        self.metrics.sent.inc(report.rang)
        for reason, count in report.dropped.items():
            for _ in range(count):
                self.metrics.dropped(reason)
        for state, count in report.states.items():
            self.alerts.decided(state, count)
        for rule, cost in report.costs.items():
            self.costs.looked(rule, candidates=cost.candidates, hits=cost.hits, seconds=cost.seconds)
        for outcome in report.outcomes:
            if outcome.event is not None:
                alert = outcome.event.data
                self.alerts.rang(alert.rule.id, alert.state)
                self.alerts.page_to_alert.observe(max(0.0, (now - alert.page.pushed_at).total_seconds()))
                if outcome.event.time != alert.decided_at:  # the page states its publication with a zone
                    self.alerts.published_to_alert.observe(max(0.0, (now - outcome.event.time).total_seconds()))

    async def connect(self, redis: Any) -> None:
        """Use this client from now on."""
        self.alerter.redis = redis
        with contextlib.suppress(RedisError, OSError):  # the first decision reads it as well, with a message in hand
            await self.alerter.state.catch_up(redis, datetime.now(UTC))
        edge = edges(redis, self.settings, remember_seconds=REMEMBER_SECONDS)[streams.HOME]
        home = edge.into(streams.SETTLING if self.settings.settle else streams.CANDIDATES, counted_as="forward")
        self.settling.redis = redis
        for one in self.forwarders.values():
            one.redis, one.home = redis, home

    async def watch_rules(self) -> None:
        """Reload the rules when their files change, and on SIGHUP."""
        hangups: set[asyncio.Task[bool]] = set()

        def reload() -> None:
            task = asyncio.create_task(self.rules.reload())
            hangups.add(task)
            task.add_done_callback(hangups.discard)

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
        await self.rules.watch(asyncio.Event())

    async def watch_names(self) -> None:
        """Read the rules anew when the actors or topics they name change; of the rules, `watch_rules` hears."""
        await on_catalogue_change(self.watch_dir, self.reload_names)

    async def reload_names(self) -> None:
        """Read actors, topics and rules; when one of them is wrong, all that was in force stays."""
        try:
            vocabulary = await asyncio.to_thread(load_vocabulary, self.watch_dir)
        except Misconfigured as error:
            log.error("names were not reloaded", extra={"error": str(error)})
            self.metrics.reloaded(is_good=False)
            return
        self.rules.vocabulary = vocabulary
        await self.rules.reload()


def build(settings: RuntimeSettings | None = None) -> FastStream:
    """Return the app of the alert stage; raises Misconfigured with every mistake of every rule file."""
    settings = settings or load(RuntimeSettings)
    alert = AlertStage(settings)
    return stage_app(
        alert.stages(),
        registry=alert.registry,
        on_connect=alert.connect,
        background=[alert.watch_rules, alert.watch_names, *([alert.settling.run] if settings.settle else [])],
    )
