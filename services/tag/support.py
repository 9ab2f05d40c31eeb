"""Document support: an ambiguous alias counts when the document says elsewhere that the actor is meant.

Paris may be in Texas; Paris in an article that also names France, or next to a ministry, is not. Short texts have no
room to say it twice, so there an ambiguous alias is kept unless a local cue stands next to it.
"""

import re
from collections.abc import Mapping, Sequence

from services.tag.candidates import Candidate

SHORT_TEXT_CHARS = 600  # a headline and a paragraph: measured on single sentences, which support would silence
_CUE_CHARS = 90  # about one sentence
_WORDS = re.compile(r"[\w.]+")


def unsupported(text: str, accepted: Sequence[Candidate], words: Mapping[str, frozenset[str]]) -> dict[int, str]:
    """Return index → reason for the ambiguous candidates that nothing in the document supports."""
    strong = {one.actor for one in accepted if not is_ambiguous(one)}
    reasons: dict[int, str] = {}
    for at, one in enumerate(accepted):
        if one.actor in strong or not is_ambiguous(one):
            continue
        around = text[max(0, one.start - _CUE_CHARS) : one.end + _CUE_CHARS]
        is_local = any(cue in around for cue in words["local_cues"])
        if len(text) < SHORT_TEXT_CHARS:
            if is_local:
                reasons[at] = "ambiguous, next to a word of local news"
        elif is_local or not words["government_words"].intersection(_WORDS.findall(around)):
            reasons[at] = "ambiguous, and nothing else in the text speaks of the actor"
    return reasons


def is_ambiguous(candidate: Candidate) -> bool:
    """Return whether a candidate asks for support."""
    return candidate.phrase is None and candidate.aliases[0].ambiguous


def choose_actors(accepted: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with one actor each: of those that share an alias, the one the document names otherwise."""
    if all(len(one.aliases) < 2 for one in accepted):
        return list(accepted)
    certain = {one.actor for one in accepted if len({alias.actor for alias in one.aliases}) < 2}
    return [_chosen(one, certain) for one in accepted]


def _chosen(one: Candidate, certain: set[str]) -> Candidate:
    if one.phrase is not None:
        return one
    named = [alias for alias in one.aliases if alias.actor in certain]
    best = (named or one.aliases)[0]
    if best.actor == one.actor:
        return one
    rest = tuple(alias for alias in one.aliases if alias is not best)
    return Candidate(one.start, one.end, best.actor, (best, *rest))
