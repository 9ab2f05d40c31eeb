"""The contracts as a page for people: plain HTML without scripts, nothing to try out, nothing from elsewhere."""

from html import escape
from typing import Any

_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Tocsin: contracts</title>
<link rel="stylesheet" href="/page/look.css"></head><body><main class="stack"><h1>Contracts</h1>
<p>For programs: <a href="/v1/openapi.json">OpenAPI</a> and <a href="/v1/asyncapi.json">AsyncAPI</a>.
For people: <a href="/">the page</a>.</p>"""


def contract_page(openapi: dict[str, Any], asyncapi: dict[str, Any]) -> str:
    """Return the page of both documents."""
    channels = "".join(_channel(name, one) for name, one in asyncapi["channels"].items())
    operations = "".join(
        _operation(method, path, one) for path, methods in openapi["paths"].items() for method, one in methods.items()
    )
    schemas = "".join(_schema(name, one) for name, one in asyncapi["components"]["schemas"].items())
    return (
        f"{_HEAD}<h2>Streams</h2>{channels}<h2>Requests</h2>{operations}<h2>Messages</h2>{schemas}</main></body></html>"
    )


def _channel(name: str, channel: dict[str, Any]) -> str:
    messages = ", ".join(f"<code>{escape(one)}</code>" for one in channel["messages"])
    return (
        f'<section class="card stack"><h3>{escape(name)} <code>{escape(channel["address"])}</code></h3>'
        f"<p>{escape(channel['description'])}</p><p>Messages: {messages}</p></section>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", ())
    )
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    told = f"<p>{escape(operation['description'])}</p>" if operation.get("description") else ""
    return (
        f'<details class="card"><summary><code>{method.upper()} {escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}</summary>{told}{table}</details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' (optional)'}</td>"
        f"<td>{escape(_type(one))}</td></tr>"
        for field, one in schema.get("properties", {}).items()
    )
    told = escape(str(schema.get("description", "")).splitlines()[0] if schema.get("description") else "")
    return (
        f'<details class="card"><summary><strong>{escape(name)}</strong> {told}</summary>'
        f"<table><tbody>{rows}</tbody></table></details>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("const") or schema.get("type", "any"))
