"""Why each mention of an article is one, and why each candidate that looks like one is not. Pure."""

from dataclasses import dataclass

from schemas import Article, Mention, TopicHit
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, date_of
from services.tag.match import Rejected, Scanned, match_article, scan


@dataclass(frozen=True, slots=True)
class RejectedMention:
    """A candidate that is no mention; offsets as in Mention. `actor` is "" for a phrase that only cancels."""

    actor: str
    text: str
    start: int
    end: int
    in_title: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the tagger accepts and rejects in an article, each in the order of the text."""

    language: str | None
    date: str
    mentions: tuple[Mention, ...]
    rejected: tuple[RejectedMention, ...]
    topics: tuple[TopicHit, ...]


def explain(article: Article, tagger: Tagger) -> Explanation:
    """Return the mentions and topics as the tagger gives them, and the rejected candidates with reasons."""
    tagged = article_to_tagged_article(article, tagger)
    title, body = scan(article.title, tagger.automaton), scan(article.text, tagger.automaton)
    date = date_of(article)
    _, _, rejected = match_article(title, body, tagger.catalogue.words, article.language, date)
    shown = [_shown(one, title if in_title else body, article, in_title=in_title) for in_title, one in rejected]
    return Explanation(
        language=article.language,
        date=date,
        mentions=tagged.mentions,
        rejected=tuple(sorted(shown, key=lambda one: (not one.in_title, one.start))),
        topics=tagged.topics,
    )


def _shown(one: Rejected, scanned: Scanned, article: Article, *, in_title: bool) -> RejectedMention:
    start, end = scanned.tidied.span(one.candidate.start, one.candidate.end)
    text = (article.title if in_title else article.text)[start:end]
    return RejectedMention(one.candidate.actor, text, start, end, in_title, one.reason)


def marked_text(text: str, explanation: Explanation, *, in_title: bool) -> str:
    """Return the title or the text with each mention as [Niger|NER] and each rejected candidate as ~Niger~."""
    marks = [
        (one.start, one.end, f"[{one.text}|{one.actor}]")
        for one in explanation.mentions
        if (one.zone == "title") == in_title
    ]
    marks += [(one.start, one.end, f"~{one.text}~") for one in explanation.rejected if one.in_title == in_title]
    pieces: list[str] = []
    at = 0
    for start, end, shown in sorted(marks):
        if start >= at:
            pieces += [text[at:start], shown]
            at = end
    return "".join([*pieces, text[at:]])
