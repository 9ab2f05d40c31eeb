"""Document support: an ambiguous alias counts when the document says elsewhere that the actor is meant.

Paris may be in Texas; Paris in an article that also names France, or next to a ministry, is not. Short texts have no
room to say it twice, so there an ambiguous alias is kept unless a local cue stands next to it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from services.tag.candidates import Candidate

SHORT_TEXT_CHARS = 600  # a headline and a paragraph: measured on single sentences, which support would silence
_CUE_CHARS = 90  # about one sentence
_LOCAL_NEWS_CUES = 2  # one may be chance: a war has a jail, a summit a downtown
_WORDS = re.compile(r"[\w.]+")


def unsupported(text: str, accepted: Sequence[Candidate], words: Mapping[str, frozenset[str]]) -> dict[int, str]:
    """Return index → reason for the candidates that ask for support and have none in the document."""
    reasons: dict[int, str] = {}
    strong: set[str] | None = None
    local_cues = -1  # counted once, and only where something ambiguous is left
    is_elsewhere: dict[str, bool] = {}  # by alias, so that a name that comes back costs nothing more
    for at, one in enumerate(accepted):
        rivals = words.get(f"elsewhere:{one.aliases[0].text}") if one.aliases else None
        if not rivals and not is_ambiguous(one):
            continue
        if strong is None:
            strong = {other.actor for other in accepted if not is_ambiguous(other) and not _has_rivals(other, words)}
        if one.actor in strong:
            continue
        if rivals:
            name = one.aliases[0].text
            if name not in is_elsewhere:
                is_elsewhere[name] = any(_stands_in(cue, text) for cue in rivals)
        if rivals and is_elsewhere[one.aliases[0].text]:
            reasons[at] = "somewhere or someone else, by other words of the text"
        elif is_ambiguous(one):
            if local_cues < 0:
                local_cues = _count(words["local_cues"], text)
            reason = _reason(text, one, words, local_cues)
            if reason:
                reasons[at] = reason
    return reasons


def people(
    text: str, accepted: Sequence[Candidate], called: Mapping[str, int], words: Mapping[str, frozenset[str]]
) -> dict[int, str]:
    """Return index → reason for the names that are people elsewhere in the text: Jordan Smith first, then Jordan.

    `called` says how often an alias was somebody's name. It stays a state where it is one more often than a person,
    where a government stands next to it, or where the text names the state by another alias.
    """
    if not called:
        return {}
    names = Counter(one.aliases[0].text for one in accepted if one.aliases)
    others = {one.actor for one in accepted if not one.aliases or one.aliases[0].text not in called}
    return {
        at: "a person, by other words of the text"
        for at, one in enumerate(accepted)
        if one.aliases
        and called.get(one.aliases[0].text, 0) >= names[one.aliases[0].text]
        and one.actor not in others
        and not _has_government(text, one, words)
    }


def _has_government(text: str, one: Candidate, words: Mapping[str, frozenset[str]]) -> bool:
    around = text[max(0, one.start - _CUE_CHARS) : one.end + _CUE_CHARS]
    return not words["government_words"].isdisjoint(_WORDS.findall(around))


def _reason(text: str, one: Candidate, words: Mapping[str, frozenset[str]], local_cues: int) -> str:
    """Return why an ambiguous candidate without another sign of its actor does not count, or ""."""
    has_government = _has_government(text, one, words)
    if local_cues >= _LOCAL_NEWS_CUES or (local_cues and not has_government):
        return "ambiguous, in local news"
    if len(text) >= SHORT_TEXT_CHARS and not has_government:
        return "ambiguous, and nothing else in the text speaks of the actor"
    return ""


def _count(cues: frozenset[str], text: str) -> int:
    """Return how many of the cues stand in the text; the single words among them by one pass over it."""
    here = cues.intersection(_WORDS.findall(text))
    return len(here) + sum(1 for cue in cues if " " in cue and cue in text)


def _has_rivals(one: Candidate, words: Mapping[str, frozenset[str]]) -> bool:
    return bool(one.aliases) and f"elsewhere:{one.aliases[0].text}" in words


def _stands_in(cue: str, text: str) -> bool:
    """Return whether a cue stands in the text as words of its own."""
    at = text.find(cue)
    while at >= 0:
        after = text[at + len(cue) : at + len(cue) + 1]
        if not (at and text[at - 1].isalnum()) and not after.isalnum():
            return True
        at = text.find(cue, at + 1)
    return False


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
