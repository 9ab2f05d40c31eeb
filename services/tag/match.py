"""The matcher: the mentions of a text, and the candidates it rejects with the reason for each."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.tag.automaton import Automaton, Hit
from services.tag.candidates import OUT_OF_OFFICE, Candidate, candidates
from services.tag.context import follows_as, is_unquestioned, reason_to_reject
from services.tag.fold import Tidied, fold, tidy
from services.tag.rules_on_people import SURNAME_AFTER
from services.tag.support import choose_actors, people, unsupported
from services.tag.surroundings import Surroundings

_LINE_BREAK = re.compile(r"[-\u2010](?<=[a-zß-ÿ].)(?:[ \t]{0,9}\r?\n[ \t]{0,9}| (?=[a-zß-ÿ]))(?=[^\W\d_])")
_MAY_BREAK = ("-\n", "- ", "-\r", "-\t", "\u2010")
_WORD_PART_CHARS = 24  # longer parts of a word are no part of a name
_LAST_LETTERS, _FIRST_LETTERS = re.compile(r"[^\W\d_]+\Z"), re.compile(r"[^\W\d_]+")
_PREFIXES = frozenset(("pro", "anti", "ex", "non", "post", "pre", "inter", "trans", "sub", "mid", "co", "vice", "sous"))
_COORDINATES = frozenset(("and", "or", "to", "et", "ou", "und", "y"))  # pre- and post-war


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that is no mention, and why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """A text, tidied, and what the automaton finds in it; offsets are of the tidied text."""

    tidied: Tidied
    hits: list[Hit]


def scan(text: str, automaton: Automaton) -> Scanned:
    """Return the hits of a text."""
    tidied = tidy(text)
    hits = automaton.hits(fold(tidied.text))
    breaks = _line_breaks(tidied.text, hits, automaton)
    if breaks:
        tidied = tidied.without(breaks)
        hits = automaton.hits(fold(tidied.text))
    return Scanned(tidied, hits)


def _line_breaks(text: str, hits: Iterable[Hit], automaton: Automaton) -> list[tuple[int, int]]:
    """Return what to take out: hyphens that only end a line, with the blanks after (Nige-|ria); else the blanks alone.

    So franco-|malien and Guinea-|Bissau keep their hyphen.
    """
    breaks = list(_LINE_BREAK.finditer(text)) if any(sign in text for sign in _MAY_BREAK) else []
    if not breaks:
        return []
    ends = {hit.end for hit in hits if hit.pattern.aliases}
    found = []
    for one in breaks:
        before = _LAST_LETTERS.search(text[max(0, one.start() - _WORD_PART_CHARS) : one.start()])
        after = _FIRST_LETTERS.match(text[one.end() : one.end() + _WORD_PART_CHARS])
        left, right = (part[0] if part else "" for part in (before, after))
        is_compound = one.start() in ends or left.lower() in _PREFIXES or right in _COORDINATES
        is_compound |= right[:1].isupper()
        if automaton.is_alias(fold(left + right)) or not is_compound:
            found.append(one.span())
        elif "\n" in one[0]:
            found.append((one.start() + 1, one.end()))
    return found


def match(
    scanned: Scanned, words: Mapping[str, frozenset[str]], language: str | None, date: str
) -> tuple[list[Candidate], list[Rejected]]:
    """Return what is accepted and what is rejected, each in the order of the text; support is decided elsewhere."""
    text = scanned.tidied.text
    accepted: list[Candidate] = []
    rejected: list[Rejected] = []
    last_end, last_reason = -1, ""
    for one in candidates(text, scanned.hits, language, date):
        if one.phrase is not None:
            if one.actor:
                accepted.append(_redirected(one))
            else:
                text_of = one.phrase.text
                rejected.append(Rejected(one, text_of if text_of == OUT_OF_OFFICE else f"part of '{text_of}'"))
            continue
        reason = ""
        if not is_unquestioned(one.aliases[0]):
            follows = follows_as(text[last_end : one.start], last_reason) if 0 <= one.start - last_end < 16 else ""
            reason = reason_to_reject(Surroundings(text, one, words, language, follows))
        last_end, last_reason = one.end, reason
        if reason:
            rejected.append(Rejected(one, reason))
        else:
            accepted.append(one)
    return accepted, rejected


def _redirected(one: Candidate) -> Candidate:
    assert one.phrase is not None
    return Candidate(one.start + one.phrase.start, one.start + one.phrase.end, one.actor, (), one.phrase)


def match_article(
    title: Scanned, body: Scanned, words: Mapping[str, frozenset[str]], language: str | None, date: str
) -> tuple[list[Candidate], list[Candidate], list[tuple[bool, Rejected]]]:
    """Return (mentions of the title, mentions of the body, rejected with whether it stood in the title).

    Title and body support each other: an ambiguous alias of the title counts when the body names the actor.
    """
    in_title, no_title = match(title, words, language, date)
    in_body, no_body = match(body, words, language, date)
    together = choose_actors([*in_title, *in_body])
    gap = "\n\n"
    shift = len(title.tidied.text) + len(gap)
    whole = title.tidied.text + gap + body.tidied.text
    shifted = [_moved(one, 0 if at < len(in_title) else shift) for at, one in enumerate(together)]
    reasons = unsupported(whole, shifted, words)
    reasons |= people(whole, shifted, _called_people((*no_title, *no_body)), words)
    rejected = [(True, one) for one in no_title] + [(False, one) for one in no_body]
    rejected += [(at < len(in_title), Rejected(together[at], reason)) for at, reason in reasons.items()]
    kept = [(at, one) for at, one in enumerate(together) if at not in reasons]
    return [one for at, one in kept if at < len(in_title)], [one for at, one in kept if at >= len(in_title)], rejected


def _called_people(rejected: Iterable[Rejected]) -> Counter[str]:
    """Return how often an alias was rejected as a given name: the same person may come back by it alone."""
    return Counter(
        one.candidate.aliases[0].text for one in rejected if one.candidate.aliases and one.reason == SURNAME_AFTER
    )


def _moved(one: Candidate, by: int) -> Candidate:
    return Candidate(one.start + by, one.end + by, one.actor, one.aliases, one.phrase)
