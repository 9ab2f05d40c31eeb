"""A week of a newsroom's alerts, invented, for the tests and pictures of the page."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from runtime.settings import RuntimeSettings
from schemas import Evidence, EvidenceSpan, FoundDate, Source
from services.deliver.adapters import alert_log
from tests.unit.deliver.build import an_alert, an_event


class Item(NamedTuple):
    """An invented report and the rule that rings for it; `spans` are texts with "actor kind" or "topic"."""

    rule: str
    rule_title: str
    severity: str
    tags: tuple[str, ...]
    title: str
    quote: str
    spans: dict[str, str]
    sources: tuple[str, ...]


ITEMS = (
    Item(
        "niger-russia-military", "Niger and Russia: military ties", "high", ("niger", "russia", "military"),
        "Niger and Russia agree to develop military ties, Moscow says",
        "Russia and Niger, under military rule since a coup last year, have agreed to develop military cooperation, the"
        " Russian Defense Ministry said on Tuesday.",
        {"Russia": "RUS name", "Niger": "NER name", "military cooperation": "military",
         "Russian Defense Ministry": "RUS organisation"},
        ("Newsunplug", "Sahel Wire", "Le Courrier de Niamey"),
    ),
    Item(
        "russian-fighters-sahel", "Wagner or Africa Corps in the central Sahel", "critical", ("russia", "mali"),
        "Mali: army and Wagner fighters accused over a village raid",
        "Witnesses in the centre of Mali said fighters of the Wagner group took part in the raid beside the army.",
        {"Mali": "MLI name", "Wagner group": "wagner name", "raid": "military"},
        ("Bamako Hebdo", "Sahel Wire"),
    ),
    Item(
        "ecowas-exit", "ECOWAS and those who leave it", "medium", ("ecowas", "diplomacy"),
        "Burkina Faso leaves the regional court, calling sanctions illegal",
        "Burkina Faso said on Sunday it would leave the court of ECOWAS, calling the bloc’s sanctions illegal.",
        {"Burkina Faso": "BFA name", "ECOWAS": "ecowas name", "sanctions": "sanctions"},
        ("Ouaga Matin",),
    ),
    Item(
        "niger-france-military", "France and Niger: soldiers and bases", "medium", ("niger", "france"),
        "النيجر: آخر القوات الفرنسية تغادر نيامي",
        "France will withdraw its last soldiers from Niger by the end of the year, Paris announced.",
        {"France": "FRA name", "soldiers": "military", "Niger": "NER name", "Paris": "FRA capital"},
        ("Agence Tahoua", "Le Courrier de Niamey"),
    ),
    Item(
        "mali-russia-military", "Mali and Russia: military ties", "high", ("mali", "russia", "military"),
        "Bamako receives Russian aircraft while neighbours look on",
        "Bamako received two Russian fighter jets; Mali’s leader thanked Russia while Niger sent observers.",
        {"Bamako": "MLI capital", "Russian": "RUS demonym", "fighter jets": "military", "Mali": "MLI name",
         "Russia": "RUS name", "Niger": "NER name"},
        ("Sahel Wire", "Bamako Hebdo", "Newsunplug"),
    ),
)  # fmt: skip
# What a rule calls them.
NAMES = {
    "NER": "Niger",
    "RUS": "Russia",
    "MLI": "Mali",
    "BFA": "Burkina Faso",
    "FRA": "France",
    "TCD": "Chad",
    "wagner": "Wagner",
    "ecowas": "ECOWAS",
}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202eesrever\u202c الخبر"


def evidence(item: Item) -> Evidence:
    spans, taken = [], []
    for text, named in sorted(item.spans.items(), key=lambda one: -len(one[0])):
        at = item.quote.find(text)
        while at >= 0:
            if not any(start < at + len(text) and at < end for start, end in taken):
                taken.append((at, at + len(text)))
                who, _, kind = named.partition(" ")
                given: dict[str, Any] = {"actor": who, "kind": kind} if kind else {"topic": who}
                given["name"] = NAMES.get(who, who)
                spans.append(EvidenceSpan(start=100 + at, end=100 + at + len(text), text=text, **given))
            at = item.quote.find(text, at + 1)
    spans.sort(key=lambda span: span.start)
    return Evidence(
        zone="lede", sentence=1, paragraph=1, start=100, end=100 + len(item.quote), quote=item.quote, spans=tuple(spans)
    )


def a_report(number: int, item: Item, at: datetime, **given: Any) -> Any:
    """The event of one report."""
    source = item.sources[(number + given.get("revision", 1)) % len(item.sources)]
    defaults: dict[str, Any] = {
        "rule": item.rule,
        "rule_title": item.rule_title,
        "severity": item.severity,
        "tags": item.tags,
        "title": item.title,
        "evidence": (evidence(item),),
        "decided_at": at,
        "source": Source(id=source.lower().replace(" ", "-"), name=source),
        "because": " and ".join(f"{who.split()[0]} [{text}]" for text, who in item.spans.items()),
    }
    alert = an_alert(number, **{**defaults, **given})
    published = FoundDate(value=(at - timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:00+00:00"), source="json-ld")
    return an_event(alert.model_copy(update={"article": alert.article.model_copy(update={"published": published})}))


async def a_week(redis: Any, settings: RuntimeSettings, *, now: datetime | None = None) -> None:
    """Write a week of alerts into the log: each day its stories, most of them confirmed later."""
    now = now or datetime.now(UTC)
    entries = []
    for day in range(7):
        for n in range(len(ITEMS)):
            if (day + n) % 4 == 3:
                continue
            at = now - timedelta(days=day, hours=2 * n, minutes=7 * n + 3)
            for revision in range(1, 2 + (day + 2 * n) % 3):
                entries.append((at + timedelta(minutes=25 * (revision - 1)), day, n, revision))
    for at, day, n, revision in sorted(entries):
        if at >= now:
            continue
        event = a_report(
            day * 10 + n, ITEMS[n], at, story=f"st_{day}{n}", revision=revision,
            pages=2 * revision - 1, origins=revision,
            state="opened" if revision == 1 else "updated",
        )  # fmt: skip
        await redis.xadd(
            alert_log.alerts_key(settings), {"d": event.to_json()}, id=f"{int(at.timestamp() * 1000)}-{day * 10 + n}"
        )
