"""Writes Grafana's dashboards: `python -m deploy.grafana.dashboards`.

A test fails when the committed files are not what this writes, so a change begins here.
"""

import json
from pathlib import Path

from deploy.grafana import overview, pipeline, redis, rules, sources

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS = {
    "overview": overview.DASHBOARD,
    "pipeline": pipeline.DASHBOARD,
    "rules": rules.DASHBOARD,
    "sources": sources.DASHBOARD,
    "redis": redis.DASHBOARD,
}


def text_of(name: str) -> str:
    """Return the file of a dashboard, as it is committed."""
    return json.dumps(DASHBOARDS[name], indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in DASHBOARDS:
        (FOLDER / f"{name}.json").write_text(text_of(name), encoding="utf-8")
