"""What is watched, as plain data: actors with their names, topics with their phrases, sources and how they stand."""

from collections import Counter
from pathlib import Path
from typing import Any

from runtime.redis_client import connect, redis_url
from runtime.settings import RuntimeSettings
from services.produce.adapters.looks import SourceStatus, check_sources, list_sources
from services.tag.catalogue import Actor, Catalogue


def actors_of(catalogue: Catalogue) -> dict[str, Any]:
    """Return every actor and topic, each with all its names in folded search order."""
    aliases: dict[str, list[Any]] = {}
    for alias in catalogue.aliases:
        aliases.setdefault(alias.actor, []).append(alias)
    return {
        "version": catalogue.version,
        "actors": [_actor(one, aliases.get(one.id, [])) for one in catalogue.actors.values()],
        "topics": [
            {
                "id": topic.id,
                "name": topic.names.get("en", topic.id),
                "names": dict(topic.names),
                "phrases": [phrase.text for phrase in topic.phrases if phrase.weight > 0],
            }
            for topic in catalogue.topics.values()
        ],
    }


def _actor(actor: Actor, aliases: list[Any]) -> dict[str, Any]:
    return {
        "id": actor.id,
        "name": actor.names.get("en", actor.id),
        "names": dict(actor.names),
        "kind": actor.kind,
        "groups": sorted(actor.groups),
        "aliases": [
            {
                "text": one.text,
                "kind": one.kind,
                "language": one.language,
                "ambiguous": one.ambiguous,
                "since": one.since,
                "until": one.until,
            }
            for one in aliases
        ],
    }


async def sources_of(settings: RuntimeSettings) -> dict[str, Any]:
    """Return every source of the registry and how it stands, and the registry's mistakes when it has any."""
    check = check_sources(None, settings)
    redis = connect(redis_url(settings))
    try:
        statuses = await list_sources(redis, settings, check.sources)
    finally:
        await redis.aclose()
    return {
        # Without the folder: whoever may read alerts need not know how this machine is laid out.
        "mistakes": [f"{Path(one.file).name}:{one.line}: {one.message}" for one in check.mistakes],
        "sources": [_source(one) for one in statuses],
        "states": dict(Counter(_state(one) for one in statuses)),
    }


def _source(status: SourceStatus) -> dict[str, Any]:
    spec = status.spec
    return {
        "id": spec.id,
        "name": spec.name or spec.id,
        "kind": spec.kind,
        "country": spec.country,
        "language": spec.language,
        "tier": spec.tier,
        "owner": spec.owner,
        "state": _state(status),
        "failures": status.failures,
        "failed_because": status.failed_because,
        "last_ok_at": status.last_ok_at.isoformat() if status.last_ok_at else None,
        "last_new_at": status.last_new_at.isoformat() if status.last_new_at else None,
    }


def _state(status: SourceStatus) -> str:
    if not status.spec.is_enabled:
        return "off"
    if status.failures:
        return "failing"
    if status.is_silent:
        return "silent"
    return "well" if status.last_ok_at else "unread"
