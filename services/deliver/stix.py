"""STIX 2.1 bundles of stories: a report with the actors it is about, the rule's decision and the proof.

What must stay true: ids are made of the alert and its parts, so that the same alert exported twice is the same objects,
and a later revision is a later version of the same report. No object is dated by the time of the export.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schemas import Alert
from services.deliver.feeds import headline, source_of

NAMESPACE = uuid.UUID("7a0f6c26-8a43-5d0e-9a0b-3f2d0c6b8f51")  # ours, once and for all
EXTENSION = "extension-definition--" + str(uuid.uuid5(NAMESPACE, "extension evidence"))
SINCE = "2026-01-01T00:00:00Z"  # of the objects that never change: ourselves, sources, actors


def stix_id(kind: str, *parts: str) -> str:
    """Return the id of an object: the same for the same parts, for ever."""
    return f"{kind}--{uuid.uuid5(NAMESPACE, '|'.join((kind, *parts)))}"


def stix_bundle(revisions: Sequence[Alert], names: dict[str, str]) -> str:
    """Return a bundle of alerts as JSON; `revisions` are of one alert or many, oldest first, `names` of actors."""
    import stix2  # noqa: PLC0415  (takes a second to load, and few export)

    first: dict[str, datetime] = {}
    latest: dict[str, Alert] = {}
    for alert in revisions:
        first.setdefault(alert.id, alert.decided_at)
        latest[alert.id] = alert
    objects: dict[str, Any] = {}
    for alert in latest.values():
        for one in _objects(stix2, alert, first[alert.id], names):
            objects[one["id"]] = one
    bundle = {
        "type": "bundle",
        "id": stix_id("bundle", *(f"{alert.id}-r{alert.revision}" for alert in latest.values())),
        "objects": list(objects.values()),
    }
    return json.dumps(bundle, ensure_ascii=False)


def _objects(stix2: Any, alert: Alert, created: datetime, names: dict[str, str]) -> list[dict[str, Any]]:
    actors = sorted({span.actor for one in alert.evidence for span in one.spans if span.actor})
    made = [_actor(stix2, actor, names.get(actor, actor)) for actor in actors]
    source = stix2.v21.Identity(
        id=stix_id("identity", "source", alert.page.source.id, source_of(alert)),
        created=SINCE, modified=SINCE, name=source_of(alert), identity_class="organization",
    )  # fmt: skip
    us = stix2.v21.Identity(
        id=stix_id("identity", "tocsin"), created=SINCE, modified=SINCE, name="Tocsin", identity_class="system"
    )
    note = stix2.v21.Note(
        id=stix_id("note", alert.id),
        created=created,
        modified=max(created, alert.decided_at),
        created_by_ref=us.id,
        abstract=f"rule {alert.rule.id} rang",
        content=alert.because or alert.rule.title or alert.rule.id,
        object_refs=[stix_id("report", alert.id)],
        external_references=[{"source_name": "tocsin", "external_id": f"{alert.rule.id}@{alert.rule.version}"}],
    )
    report = stix2.v21.Report(
        id=stix_id("report", alert.id),
        created=created,
        modified=max(created, alert.decided_at),
        created_by_ref=us.id,
        name=headline(alert),
        description="\n\n".join(one.quote for one in alert.evidence),
        report_types=["threat-report"],
        published=created,
        revoked=alert.state == "retracted",
        labels=sorted({alert.rule.severity, *alert.rule.tags}),
        lang=alert.article.language,
        object_refs=[one.id for one in made] or [source.id],
        external_references=[_reference(alert)],
        extensions={EXTENSION: _evidence(alert)},
        allow_custom=True,
    )
    return [json.loads(one.serialize()) for one in (_extension(stix2, us.id), us, source, *made, report, note)]


def _actor(stix2: Any, actor: str, name: str) -> Any:
    """Return a state as a location, anyone else as an identity; alpha-2 is only recommended for `country`."""
    if len(actor) == 3 and actor.isupper():
        return stix2.v21.Location(
            id=stix_id("location", actor), created=SINCE, modified=SINCE, name=name, country=actor,
            labels=[actor],
        )  # fmt: skip
    return stix2.v21.Identity(
        id=stix_id("identity", "actor", actor), created=SINCE, modified=SINCE, name=name,
        identity_class="organization", labels=[actor],
    )  # fmt: skip


def _reference(alert: Alert) -> dict[str, Any]:
    found: dict[str, Any] = {
        "source_name": source_of(alert),
        "description": alert.article.title or "the page that rang",
        "external_id": alert.page.id,
    }
    if alert.page.url:
        found |= {"url": alert.page.url, "hashes": {"SHA-256": alert.page.sha256}}
    return found


def _evidence(alert: Alert) -> dict[str, Any]:
    return {
        "extension_type": "property-extension",
        "alert": alert.id,
        "revision": alert.revision,
        "story": alert.story.id,
        "pages": alert.story.pages,
        "origins": alert.story.origins,
        "page_sha256": alert.page.sha256,
        "evidence": [one.model_dump(mode="json", exclude_none=True) for one in alert.evidence],
    }


def _extension(stix2: Any, by: str) -> Any:
    return stix2.v21.ExtensionDefinition(
        id=EXTENSION, created=SINCE, modified=SINCE, created_by_ref=by, name="Tocsin evidence",
        description="Sentences with offsets (code points of the article's text) that prove an alert.",
        schema="https://tocsin.invalid/schemas/alert.v1.json", version="1.0.0", extension_types=["property-extension"],
    )  # fmt: skip
