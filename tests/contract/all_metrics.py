"""All metrics of all processes, from the classes that make them, and the names in a PromQL expression."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry

import services

ROOT = Path(__file__).resolve().parents[2]
# What the constructors of the metric classes are given; a new parameter is a line here.
GIVEN = {
    "stage": "clean",
    "stages": ("clean", "tag", "alert"),
    "kinds": ("source", "rule", "language"),
    "partitions": ("p0",),
}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}

# Not ours: what Prometheus and the Redis exporter (1.69 and newer) give, as far as rules and dashboards use it. The
# end-to-end check finds each of them in the running Prometheus.
OF_PROMETHEUS = {"up": {"job", "service", "instance"}, "ALERTS": {"alertstate", "alertname", "severity"}}
_PLAIN = """
up memory_used_bytes memory_max_bytes uptime_in_seconds connected_clients aof_enabled aof_last_write_status
aof_current_size_bytes commands_processed_total net_input_bytes_total net_output_bytes_total cpu_user_seconds_total
cpu_sys_seconds_total
"""
OF_REDIS: dict[str, set[str]] = {f"redis_{name}": set() for name in _PLAIN.split()}


@dataclass(frozen=True)
class Family:
    """One metric as a process shows it."""

    name: str  # as documented, without a histogram's suffixes
    kind: str
    help: str
    labels: frozenset[str]

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of its series."""
        return tuple(self.name.removesuffix("_total") + s if s == "_total" else self.name + s for s in self._suffixes)

    @property
    def _suffixes(self) -> tuple[str, ...]:
        return ("",) if self.kind in ("gauge", "info") else SUFFIXES[self.kind]


def metric_modules() -> Iterator[Any]:
    """Yield the runtime's modules of metrics and that of every service that has one."""
    yield importlib.import_module("runtime.metrics")
    yield importlib.import_module("runtime.monitor_metrics")
    for found in pkgutil.iter_modules(services.__path__):
        name = f"services.{found.name}.metrics"
        try:
            yield importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise


def metric_classes() -> Iterator[type]:
    """Yield every class that makes metrics of its own."""
    for module in metric_modules():
        for value in vars(module).values():
            is_ours = inspect.isclass(value) and value.__module__ == module.__name__
            if is_ours and "registry" in inspect.signature(value).parameters:
                yield value


def registry_of(metrics: type) -> CollectorRegistry:
    """Return a registry with one instance's metrics."""
    registry = CollectorRegistry()
    parameters = inspect.signature(metrics).parameters.values()
    wanted = [p.name for p in parameters if p.default is inspect.Parameter.empty and p.name != "registry"]
    metrics(**{name: GIVEN[name] for name in wanted}, registry=registry)
    return registry


@cache
def families() -> dict[str, Family]:
    """Return every metric of every process by its documented name."""
    found: dict[str, Family] = {}
    for metrics in metric_classes():
        registry = registry_of(metrics)
        for collector in list(registry._collector_to_names):
            labels = frozenset(getattr(collector, "_labelnames", ()))
            for one in collector.collect():
                name = one.name + {"counter": "_total", "info": "_info"}.get(one.type, "")
                found[name] = Family(name, one.type, one.documentation, labels)
    return found


@cache
def series_names() -> dict[str, set[str] | frozenset[str]]:
    """Return every series name that may stand in a rule or panel, with its labels."""
    names: dict[str, set[str] | frozenset[str]] = {}
    for family in families().values():
        for sample in family.samples:
            names[sample] = family.labels | ({"le"} if sample.endswith("_bucket") else set())
    for name, labels in (OF_PROMETHEUS | OF_REDIS).items():
        names[name] = labels
    for group in yaml.safe_load((ROOT / "deploy/prometheus/rules/recording.yml").read_text())["groups"]:
        for rule in group["rules"]:
            names[rule["record"]] = set()
    return names


_KEYWORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset"}


def names_in(expr: str) -> set[str]:
    """Return the metric names in a PromQL expression."""
    bare = re.sub(r'"[^"]*"|\'[^\']*\'', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    words = re.finditer(r"[A-Za-z_:][\w:]*(?!\w)(?P<call>\s*\()?", bare)
    return {w[0] for w in words if not w["call"] and w[0].lower() not in _KEYWORDS | {"inf", "nan"}}


def matched_labels(expr: str) -> Iterator[tuple[str, str]]:
    """Yield (metric, label) for each label that a selector asks for."""
    for name, selector in re.findall(r"([A-Za-z_:][\w:]*)\s*\{([^}]*)\}", expr):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
            yield name, label
