"""Messages for people: alerts as the title and text of a chat message or a mail."""

from collections.abc import Sequence
from string import Template

from schemas import Alert, MonitorEvent
from services.deliver.feeds import source_of
from services.deliver.subscriptions import Subscription

MOST_IN_DIGEST = 50  # a message with more is not read; the rest is counted


def title_of(subscription: Subscription, alerts: Sequence[Alert]) -> str:
    """Return the title of one message for all these alerts."""
    first = Template(subscription.title).substitute(words(alerts[0]))
    return first if len(alerts) == 1 else f"{len(alerts)} alerts: {first} …"


def text_of(subscription: Subscription, alerts: Sequence[Alert]) -> str:
    """Return the text; a digest groups alerts by story, each story by its newest alert."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        newest.pop(alert.story.id, None)
        newest[alert.story.id] = alert
    shown = list(newest.values())[:MOST_IN_DIGEST]
    parts = [Template(subscription.text).substitute(words(alert)).strip() for alert in shown]
    if left := len(newest) - len(shown):
        parts.append(f"… and {left} more stories")
    return "\n\n".join(parts)


def words(alert: Alert) -> dict[str, str]:
    """Return what a template may speak of."""
    return {
        "rule": alert.rule.title or alert.rule.id,
        "rule_id": alert.rule.id,
        "severity": alert.rule.severity,
        "headline": alert.article.title or "(no title)",
        "source": source_of(alert),
        "url": alert.page.url or "",
        "quote": alert.evidence[0].quote if alert.evidence else "",
        "because": alert.because,
        "pages": str(alert.story.pages),
        "origins": str(alert.story.origins),
        "story": alert.story.id,
    }


def silence_sentence(event: MonitorEvent) -> str:
    """Return a silence, or its end, in one line."""
    about = event.data
    hours, minutes = divmod(round(about.quiet_seconds / 60), 60)
    long = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    who = f"{about.kind} {about.subject}"
    if about.forgotten:
        return f"{who} is expected no more, after a silence of {long or 'a moment'}"
    if about.change == "ended":
        return f"{who} speaks again after {long or 'a moment'}"
    last = f", last heard {about.last_event_at:%Y-%m-%d %H:%M} UTC" if about.last_event_at else ""
    return f"{who} has been quiet for {long or 'a moment'}, which is unlike it{last}"
