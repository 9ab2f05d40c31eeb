"""`tocsin config`: what is in force, and where it came from."""

import json
from datetime import timedelta
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from runtime.redis_client import without_password
from runtime.settings import RuntimeSettings, TocsinSettings, load, names_of, origin, settings_classes
from services.cli.options import JsonOption


def command(
    as_json: JsonOption = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print what docs/settings.md says.")] = False,
) -> None:
    """Print every setting, its value (secrets masked) and where it came from."""
    if as_markdown:
        print(markdown(), end="")
        return
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


HEAD = """\
# Settings

Every setting is read from the environment, from `.env` in the working directory, or from a file of that name (any case)
in `/run/secrets` (`TOCSIN_SECRETS_DIR` names another folder); the first that has it wins. `tocsin config` prints what
is in force and where it came from. A `TOCSIN_…` name that stands in no table here stops the start. Durations are
written as in ISO 8601: `PT10S`, `PT2M`, `P30D`. This page is the output of `tocsin config --markdown`.
"""


def markdown() -> str:
    """Return docs/settings.md: a table for each class of settings."""
    parts = [HEAD]
    for settings in settings_classes():
        doc = (settings.__doc__ or "").splitlines()[0]
        rows = [
            f"| `{name}` | {_default(settings.model_fields[field])} | {_meaning(settings, field)} |"
            for name, field in names_of(settings).items()
        ]
        parts.append(
            "\n".join(
                ["", f"## {settings.__name__}", "", doc, "", "| name | default | meaning |", "|---|---|---|", *rows, ""]
            )
        )
    return "".join(parts)


def _meaning(settings: type[TocsinSettings], field: str) -> str:
    return (settings.model_fields[field].description or "").replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, timedelta):
        value = to_jsonable_python(value)
    return "" if value in (None, "") else f"`{value}`"
