"""The contracts: JSON Schemas of all messages and the AsyncAPI document, made from the code, so that they are true.

Fields are only ever added: an old message must fit a new schema, which the tests prove with kept messages.
"""

from typing import Any

from pydantic import BaseModel

from schemas import Alert, Article, CloudEvent, DeadLetter, MonitorEvent, Page, TaggedArticle
from services.deliver.frames import Gap, GapEvent

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MESSAGES: dict[str, type[BaseModel]] = {
    "page": Page,
    "article": Article,
    "tagged_article": TaggedArticle,
    "alert": Alert,
    "cloud_event": CloudEvent,
    "dead_letter": DeadLetter,
    "monitor_event": MonitorEvent,
    "gap": Gap,
    "gap_event": GapEvent,
}
VERSION = "1.0.0"


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a message; fields that are unknown may be absent, fields of newer senders present."""
    found = MESSAGES[name].model_json_schema(mode="validation")
    return {"$schema": DIALECT, "$id": f"https://tocsin.invalid/schemas/{name}.v1.json", **found}


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of the streams, the event stream and the webhooks."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tocsin",
            "version": VERSION,
            "description": "Pages in, alerts out. Every entry of a stream has one field, `d`, with one JSON object.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "redis": {"host": "localhost:6379", "protocol": "redis", "description": "Redis 6.2 or newer, or Valkey"},
            "http": {"host": "localhost:8787", "protocol": "http", "description": "the deliver service"},
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {"schemas": _schemas(), "messages": _messages()},
    }


def _channels() -> dict[str, Any]:
    redis, http = [{"$ref": "#/servers/redis"}], [{"$ref": "#/servers/http"}]
    return {
        "pages": _channel("tocsin:{p0}:pages", redis, "Pages to be read; written by producers.", "page"),
        "alerts": _channel(
            "tocsin:{p0}:alerts",
            redis,
            "The alert log. Read it with a consumer group of your own, created at 0, and XACK what you have dealt with;"
            " never XDEL or XTRIM it. It is trimmed by age and size, never below a group's position.",
            *("cloud_event", "monitor_event"),
        ),
        "alertsOf": _channel(
            "tocsin:{p0}:alerts:of:{name}",
            redis,
            "The alerts of one rule, or of any filter, where a subscription asks for such a stream; ids as in the log.",
            *("cloud_event", "monitor_event"),
        ),
        "deadLetters": _channel(
            "tocsin:{p0}:dead:{stage}", redis, "What a stage gave up on: clean, tag or alert.", "dead_letter"
        ),
        "eventStream": _channel(
            "/v1/alerts/stream",
            http,
            "Server-Sent Events. Messages without `event:` are alerts (and silences, for who asks for that type), with"
            " their position as `id:`; `event: gap` says that alerts were trimmed, `event: canary` that the path works."
            " Come back with Last-Event-ID.",
            *("cloud_event", "monitor_event", "gap_event"),
        ),
        "webhook": _channel(
            "your URL",
            http,
            "Standard Webhooks: one alert in each POST, signed, tried for days.",
            *("cloud_event", "monitor_event"),
        ),
    }


def _channel(address: str, servers: list[dict[str, str]], description: str, *messages: str) -> dict[str, Any]:
    # Braces would be read as parameters, which a hash tag of Redis is not.
    plain = address.replace("{p0}", "p0").replace("{stage}", "stage").replace("{name}", "name")
    note = "" if plain == address else f" The key is `{address}`."
    return {
        "address": plain,
        "servers": servers if "your" not in address else [],
        "description": description + note,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _operations() -> dict[str, Any]:
    table = {
        "pushPage": ("receive", "pages", "Tocsin reads pages."),
        "writeAlert": ("send", "alerts", "Tocsin writes an alert, or a new revision of one."),
        "buryMessage": ("send", "deadLetters", "Tocsin gives up on a message, and says why."),
        "writeAlertOf": ("send", "alertsOf", "Tocsin writes an alert where it was asked for."),
        "streamAlerts": ("send", "eventStream", "Tocsin sends alerts to who listens."),
        "callWebhook": ("send", "webhook", "Tocsin tells your receiver."),
    }
    return {
        name: {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}
        for name, (action, channel, summary) in table.items()
    }


def _messages() -> dict[str, Any]:
    return {
        name: {
            "name": name,
            "title": model.__name__,
            "summary": (model.__doc__ or "").strip().splitlines()[0],
            "contentType": "application/cloudevents+json" if "event" in name else "application/json",
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        }
        for name, model in MESSAGES.items()
        if name not in ("article", "tagged_article", "alert", "gap")
    }


def _schemas() -> dict[str, Any]:
    """Return every schema once, under its own name: shared parts are not repeated inside each message."""
    found: dict[str, Any] = {}
    for model in MESSAGES.values():
        schema = model.model_json_schema(mode="validation", ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return dict(sorted(found.items()))
