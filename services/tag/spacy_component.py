"""The matcher as a spaCy component: `nlp.add_pipe("tocsin_actors")` puts spans of actors in `doc.spans["actors"]`.

Importing this module imports spaCy; the tag stage does not. The span's label is the actor, its id the kind.
"""

from spacy.language import Language
from spacy.tokens import Doc

from services.tag.adapters.watch_folder import load_catalogue_from
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, build_tagger
from services.tag.text_to_article import article_from_text

SPANS_KEY = "actors"


class ActorsComponent:
    """Finds actors in a Doc; sets sentence boundaries too where no other component has."""

    def __init__(self, tagger: Tagger, language: str, spans_key: str) -> None:
        self._tagger = tagger
        self._language = language
        self._spans_key = spans_key

    def __call__(self, doc: Doc) -> Doc:
        """Return the doc with its actors in `doc.spans`; a span covers the tokens that a mention touches."""
        tagged = article_to_tagged_article(article_from_text("", "", doc.text, self._language), self._tagger)
        if not doc.has_annotation("SENT_START"):
            starts = {sentence.start for sentence in tagged.sentences[1:]}
            for token in doc:
                token.is_sent_start = token.idx in starts or token.i == 0
        spans = []
        for mention in tagged.mentions:
            span = doc.char_span(
                mention.start, mention.end, mention.actor, alignment_mode="expand", span_id=mention.kind
            )
            if span is not None:
                spans.append(span)
        doc.spans[self._spans_key] = spans
        return doc


@Language.factory(
    "tocsin_actors",
    default_config={"watch_dir": None, "spans_key": SPANS_KEY},
    assigns=["doc.spans", "token.is_sent_start"],
)
def make_actors_component(nlp: Language, name: str, watch_dir: str | None, spans_key: str) -> ActorsComponent:
    """Return the component for a pipeline; `watch_dir` is a folder with your own actors.yaml."""
    return ActorsComponent(build_tagger(load_catalogue_from(watch_dir)), nlp.lang or "en", spans_key)


__all__ = ["SPANS_KEY", "ActorsComponent", "make_actors_component"]
