"""Article → TaggedArticle: which watched actors and topics an article speaks of, and where. Pure.

Sentence 0 and paragraph 0 are the title, and their offsets slice `article.title`; all others slice `article.text`.
"""

from dataclasses import dataclass

from schemas import Article, Mention, TaggedArticle, TopicHit, TopicSpan
from schemas.article import ZoneKind
from schemas.tagged_article import MentionKind
from services.tag.automaton import Automaton, build_automaton
from services.tag.candidates import Candidate
from services.tag.catalogue import Catalogue
from services.tag.language import UNKNOWN_DATES_BEFORE
from services.tag.layout import Layout
from services.tag.match import Scanned, match_article, scan
from services.tag.topics import LEDE_CHARS, Found, found_phrases, score_topics
from services.tag.version import TAGGER


@dataclass(frozen=True, slots=True)
class Tagger:
    """A catalogue, ready to match."""

    catalogue: Catalogue
    automaton: Automaton


def build_tagger(catalogue: Catalogue) -> Tagger:
    """Return the tagger of a catalogue; takes some tens of milliseconds."""
    return Tagger(catalogue, build_automaton(catalogue))


def article_to_tagged_article(article: Article, tagger: Tagger) -> TaggedArticle:
    """Return the article with its sentences, mentions and topics; the same for the same article and catalogue."""
    layout = Layout(article)
    title, body = scan(article.title, tagger.automaton), scan(article.text, tagger.automaton)
    words, language = tagger.catalogue.words, article.language
    in_title, in_body, _ = match_article(title, body, words, language, date_of(article))
    mentions = [_mention(one, title, article.title, layout, in_title=True) for one in in_title]
    mentions += [_mention(one, body, article.text, layout, in_title=False) for one in in_body]
    return TaggedArticle(
        article=article,
        sentences=tuple(layout.sentences),
        mentions=tuple(mentions),
        topics=_topics(title, body, layout, tagger.catalogue, article),
        catalogue=tagger.catalogue.version,
        tagger=TAGGER,
    )


def date_of(article: Article) -> str:
    """Return the ISO date that decides who is in office: published, else fetched, or "" when neither is known."""
    if article.published:
        return article.published.value[:10]
    fetched = article.fetched_at.date().isoformat()
    return fetched if fetched >= UNKNOWN_DATES_BEFORE else ""


def _mention(one: Candidate, scanned: Scanned, text: str, layout: Layout, *, in_title: bool) -> Mention:
    start, end = scanned.tidied.span(one.start, one.end)
    sentence, paragraph, zone = _place(start, layout, in_title=in_title)
    kind: MentionKind = one.aliases[0].kind if one.aliases else "name"
    return Mention(
        actor=one.actor,
        kind=kind,
        text=text[start:end],
        start=start,
        end=end,
        sentence=sentence,
        paragraph=paragraph,
        zone=zone,
    )


def _place(start: int, layout: Layout, *, in_title: bool) -> tuple[int, int, ZoneKind]:
    """Return sentence, paragraph and zone of an offset."""
    if in_title:
        return 0, 0, "title"
    sentence = layout.sentence_at(start)
    paragraph = layout.sentences[sentence].paragraph if sentence else 1
    return sentence, paragraph, layout.zone(start, paragraph)


def _topics(
    title: Scanned, body: Scanned, layout: Layout, catalogue: Catalogue, article: Article
) -> tuple[TopicHit, ...]:
    lede_end = min(article.paragraphs[0][1], LEDE_CHARS) if article.paragraphs else 0
    found = found_phrases(title.tidied.text, title.hits, article.language, in_title=True)
    found += found_phrases(body.tidied.text, body.hits, article.language, in_title=False, lede_end=lede_end)
    if not found:
        return ()
    word_count = article.title.count(" ") + article.text.count(" ") + 2
    hits = []
    for scored in score_topics(found, catalogue.topics, word_count):
        spans = tuple(_topic_span(one, title if one.in_title else body, article, layout) for one in scored.found)
        hits.append(TopicHit(topic=scored.topic, score=scored.score, spans=spans))
    return tuple(hits)


def _topic_span(one: Found, scanned: Scanned, article: Article, layout: Layout) -> TopicSpan:
    start, end = scanned.tidied.span(one.start, one.end)
    sentence, paragraph, zone = _place(start, layout, in_title=one.in_title)
    text = article.title if one.in_title else article.text
    return TopicSpan(text=text[start:end], start=start, end=end, sentence=sentence, paragraph=paragraph, zone=zone)
