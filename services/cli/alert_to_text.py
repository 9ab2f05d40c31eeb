"""An alert as a person likes to read it in a terminal: what rang, why, where, with the proof highlighted."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from schemas import Alert, Article, Evidence, EvidenceSpan
from services.cli.words import counted

SEVERITY_STYLES = {"low": "cyan", "medium": "yellow", "high": "bold red", "critical": "bold white on red"}
ACTOR_STYLE = "bold black on bright_yellow"
TOPIC_STYLE = "bold black on bright_cyan"
PHRASE_STYLE = "bold underline"
SENTENCES_SHOWN = 4


def alert_to_text(alert: Alert, *, is_old: bool = False) -> RenderableType:
    """Return an alert ready to print: headline, article, sentences with their actors and topics, and story."""
    head = Text.assemble(
        ("● ", SEVERITY_STYLES[alert.rule.severity]),
        (alert.rule.title or alert.rule.id, "bold"),
        ("  " + alert.rule.id, "dim"),
        ("  rang earlier" if is_old else "" if alert.state == "opened" else f"  {alert.state}", "italic dim"),
    )
    article = Text(alert.article.title or "(no title)", style="italic")
    facts = [alert.article.site, _date(alert), alert.article.language, alert.page.url]
    lines: list[RenderableType] = [
        article,
        Text(" · ".join(fact for fact in facts if fact), style="dim"),
        *(_sentence(evidence) for evidence in alert.evidence[:SENTENCES_SHOWN]),
    ]
    lines += _edited(alert)
    left = len(alert.evidence) - SENTENCES_SHOWN
    if left > 0:
        lines.append(Text(f"… and {counted(left, 'more sentence')}", style="dim"))
    lines.append(
        Text(
            f"{alert.id} · story {alert.story.id}: {counted(alert.story.pages, 'page')},"
            f" {counted(alert.story.origins, 'independent origin')}",
            style="dim",
        )
    )
    return Group(head, Padding(Group(*lines), (0, 0, 1, 2)))


def article_to_text(article: Article) -> RenderableType:
    """Return what a page yields: title, facts, and the beginning of the body."""
    published = article.published.value if article.published else "date unknown"
    facts = [article.site, published, article.language, ", ".join(article.authors)]
    start, end = article.paragraphs[0]
    return Group(
        Text(article.title or "(no title)", style="bold"),
        Text(" · ".join(fact for fact in facts if fact), style="dim"),
        Text(article.text[start:end]),
        Text(
            f"… {counted(len(article.paragraphs), 'paragraph')}, {counted(len(article.text.split()), 'word')}",
            style="dim",
        ),
    )


def _edited(alert: Alert) -> list[RenderableType]:
    """Return what a retracted alert's page says now in place of its quotes."""
    if alert.retraction is None:
        return []
    gone = ", ".join(alert.retraction.missing)
    told = [Text("its page was edited since" + (f"; gone: {gone}" if gone else ""), style="yellow")]
    return [*told, *(Text(f"now: {text}" if text else "now: nothing like it") for text in alert.retraction.now)]


def _date(alert: Alert) -> str | None:
    published = alert.article.published
    if published is None:
        return "date unknown"
    return published.value + (" (old)" if alert.article.is_stale else "")


def _sentence(evidence: Evidence) -> Text:
    text = Text("» ", style="dim")
    quote = Text(" ".join(evidence.quote.split("\n")), style="default")
    for span in evidence.spans:
        quote.stylize(_style(span), span.start - evidence.start, span.end - evidence.start)
    text.append_text(quote)
    named = dict.fromkeys(span.name or span.actor or span.topic or "" for span in evidence.spans)
    text.append("  " + " ".join(name for name in named if name), style="dim")
    return text


def _style(span: EvidenceSpan) -> str:
    if span.actor:
        return ACTOR_STYLE
    return TOPIC_STYLE if span.topic else PHRASE_STYLE
