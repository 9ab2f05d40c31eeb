"""`tocsin config`: what is in force, and where it came from."""

import json
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from runtime.redis_client import without_password
from runtime.settings import RuntimeSettings, TocsinSettings, load, names_of, origin, settings_classes
from services.cli.options import JsonOption


def command(as_json: JsonOption = False) -> None:
    """Print every setting, its value (secrets masked) and where it came from."""
    rows = [row for settings in settings_classes() for row in _rows(load(settings))]
    if as_json:
        print(json.dumps([dict(zip(("name", "value", "origin", "meaning"), row, strict=True)) for row in rows]))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "value", "from", "meaning"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _rows(settings: TocsinSettings) -> list[tuple[str, str, str, str]]:
    kind = type(settings)
    return [
        (name, _shown(settings, field), origin(kind, field), kind.model_fields[field].description or "")
        for name, field in names_of(kind).items()
    ]


def _shown(settings: TocsinSettings, field: str) -> str:
    value: Any = getattr(settings, field)
    if isinstance(value, SecretStr):
        if isinstance(settings, RuntimeSettings) and field == "redis_url":
            return without_password(value.get_secret_value())
        return "***"
    return "" if value is None else str(value)
