"""The parts of a Grafana dashboard as plain data, in one style; deploy/grafana/dashboards.py puts them together."""

from dataclasses import dataclass, field
from typing import Any

DATASOURCE = {"type": "prometheus", "uid": "tocsin-prometheus"}
WIDTH = 24  # columns of Grafana's grid
RATE = "$__rate_interval"  # four scrapes at least, so that a rate never falls between two of them

Json = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """A PromQL expression and how its series are named."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """A panel: what it shows, in which unit, and why one looks at it."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    # Values from which the colour changes: {80: "orange", 95: "red"}.
    thresholds: dict[float, str] = field(default_factory=dict)
    decimals: int | None = None
    is_stacked: bool = False
    is_name_shown: bool = False  # a stat shows the name of its series (a version) instead of the value


def stat(title: str, description: str, unit: str, expr: str, **more: Any) -> Panel:
    """Return a small panel with one number."""
    more = {"width": 4, "height": 4, **more}
    return Panel(title, description, unit, (Query(expr, more.pop("legend", "")),), kind="stat", **more)


def series(title: str, description: str, unit: str, *queries: tuple[str, str], **more: Any) -> Panel:
    """Return a panel with lines over time; `queries` are pairs of expression and legend."""
    return Panel(title, description, unit, tuple(Query(*query) for query in queries), **more)


def quantile(q: float, histogram: str, by: str = "", where: str = "") -> str:
    """Return the expression of a quantile of a histogram over Grafana's rate interval."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({histogram}_bucket{where}[{RATE}])))"


def _steps(thresholds: dict[float, str]) -> list[Json]:
    return [{"color": "green", "value": None}] + [
        {"color": color, "value": value} for value, color in sorted(thresholds.items())
    ]


def _defaults(panel: Panel) -> Json:
    defaults: Json = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": _steps(panel.thresholds)}}
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.kind == "stat":
        return {**defaults, "color": {"mode": "thresholds"}}
    custom: Json = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 20 if panel.is_stacked else 8,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.is_stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.thresholds else "off"},
    }
    return {**defaults, "min": 0, "color": {"mode": "palette-classic"}, "custom": custom}


def _options(panel: Panel) -> Json:
    if panel.kind == "stat":
        return {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "none" if panel.is_name_shown else "area",
            "textMode": "name" if panel.is_name_shown else "auto",
            "justifyMode": "auto",
            "orientation": "auto",
        }
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def panel_json(panel: Panel, *, id: int, x: int, y: int) -> Json:
    """Return a panel as Grafana wants it, at its place in the grid."""
    return {
        "id": id,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": DATASOURCE,
                "expr": query.expr,
                "legendFormat": query.legend or panel.title,
            }
            for number, query in enumerate(panel.queries)
        ],
    }


def in_rows(panels: list[Panel]) -> list[Json]:
    """Return the panels from left to right and top to bottom; a row is as high as its highest panel."""
    placed, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > WIDTH:
            x, y, height = 0, y + height, 0
        placed.append(panel_json(panel, id=number, x=x, y=y))
        x, height = x + panel.width, max(height, panel.height)
    return placed


def variable(name: str, label: str, query: str) -> Json:
    """Return a variable whose values are asked of Prometheus; several may be chosen, and all are at first."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": "V"},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def dashboard(
    name: str, title: str, description: str, panels: list[Panel], *, variables: tuple[Json, ...] = ()
) -> Json:
    """Return a dashboard; its uid is fixed so that links and bookmarks stay."""
    return {
        "uid": f"tocsin-{name}",
        "title": f"Tocsin / {title}",
        "description": description,
        "tags": ["tocsin"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"},
        "annotations": {"list": []},
        "links": [
            {
                "type": "dashboards",
                "title": "Tocsin",
                "tags": ["tocsin"],
                "asDropdown": False,
                "includeVars": False,
                "keepTime": True,
            }
        ],
        "templating": {"list": list(variables)},
        "panels": in_rows(panels),
    }
