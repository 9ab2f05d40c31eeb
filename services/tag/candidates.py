"""Hits that are written as an alias is written, and of overlapping ones the leftmost and longest."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.tag.automaton import Hit
from services.tag.catalogue import Alias, Phrase
from services.tag.fold import plain_case

# Signs that may stand for each other between the words of a name; a comma or a stop there makes two names.
_SOFT = frozenset(" -'`\u00b4\n\t\r\u00a0\u202f\u2009\u2010\u2011\u2012\u2013\u2018\u2019\u02bc\u2032/")
OUT_OF_OFFICE = "not in office on the date"
_WORDS = re.compile(r"[^\W_]+")
_SOFT_WITHOUT_SLASH = _SOFT - {"/"}
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014")


class Candidate(NamedTuple):
    """An alias at [start, end) of a text, or a phrase that cancels (actor "") or redirects what stands there."""

    start: int
    end: int
    actor: str
    aliases: tuple[Alias, ...]  # of one text; more than one when actors share it
    phrase: Phrase | None = None


def is_written_so(alias: Alias, surface: str) -> bool:
    """Return whether `surface`, equal to the alias when folded, is also written as the alias is."""
    return alias.case == "any" or is_written_as(alias.text, surface)


def is_written_as(text: str, surface: str) -> bool:
    """Return whether `surface`, equal to `text` when folded, is also written as it.

    Capitals must stand where the text has them. Words in ALL CAPS and in Title Case are fine too, but an acronym is
    never anything but capitals.
    """
    if surface == text[: len(surface)]:
        return True
    written, wanted = plain_case(surface), plain_case(text)[: len(surface)]
    if not _separators_agree(written, wanted):
        return False
    if wanted.isupper() and len(wanted.split()) == 1:
        return written == wanted
    return all(map(_is_word_so, _WORDS.findall(written), _WORDS.findall(wanted)))


def _is_word_so(written: str, wanted: str) -> bool:
    """Return whether a word is written as wanted, in capitals, or with a capital where the alias has none."""
    return written == wanted or written.isupper() or (written[0].isupper() and written[1:] == wanted[1:])


def _separators_agree(written: str, wanted: str) -> bool:
    return all(
        a == b or a.isalnum() or (a in _SOFT_WITHOUT_SLASH and (b in _SOFT or b in _DASHES))
        for a, b in zip(written, wanted, strict=False)
    )


def candidates(text: str, hits: Iterable[Hit], language: str | None, date: str) -> Iterator[Candidate]:
    """Yield the candidates among the hits, leftmost-longest, in order; `date` is ISO, or "" for today's actors."""
    found = [
        candidate
        for hit in hits
        if (hit.pattern.aliases or hit.pattern.phrases) and (candidate := _of_hit(text, hit, language, date))
    ]
    found.sort(key=_leftmost_longest)
    yield from _without_overlaps(found)


def _without_overlaps(found: list[Candidate]) -> Iterator[Candidate]:
    """Yield the leftmost-longest of overlapping candidates; one that starts inside it and is longer takes its place.

    So Le Cap does not hide Cap-Vert in « Le Cap-Vert », and South Sudan hides Sudan.
    """
    held: Candidate | None = None
    for one in found:
        if held is None or one.start >= held.end:
            if held is not None:
                yield held
            held = one
        elif one.end > held.end and one.end - one.start > held.end - held.start:
            held = one
    if held is not None:
        yield held


def _leftmost_longest(one: Candidate) -> tuple[int, int]:
    return one.start, -one.end


def _of_hit(text: str, hit: Hit, language: str | None, date: str) -> Candidate | None:
    """Return the candidate of a hit, a phrase before an alias, or None when nothing counts as it is written."""
    start, end, pattern = hit
    surface = text[start:end]
    for phrase in pattern.phrases:
        if counts_in(phrase.language, language) and is_written_as(phrase.text, surface) and "\n\n" not in surface:
            return Candidate(start, end, phrase.actor, (), phrase)
    written = [
        alias
        for alias in pattern.aliases
        if counts_in(alias.language, language)
        and is_written_so(alias, surface)
        and (not alias.text.endswith("-") or _begins_compound(text, end))
    ]
    aliases = tuple([alias for alias in written if not (alias.since or alias.until) or is_valid_on(alias, date)])
    if not aliases:
        # Who is out of office still is not somebody else: the late Idriss Deby is not (Mahamat) Deby.
        return Candidate(start, end, "", (), Phrase(OUT_OF_OFFICE)) if written else None
    # The stop of U.S. and the plus of OPEC+ belong to the name.
    tail = aliases[0].text[end - start :]
    if tail and tail != "-" and text.startswith(tail, end):
        end += len(tail)
    return Candidate(start, end, aliases[0].actor, aliases)


def _begins_compound(text: str, end: int) -> bool:
    """Return whether a dash and a letter follow: franco- in franco-malien, and not in General Franco."""
    return text[end : end + 1] in _DASHES and text[end + 1 : end + 2].isalpha()


def counts_in(wanted: str, language: str | None) -> bool:
    """Return whether something of language `wanted` ("" is any) counts in a text; one of unknown language takes all."""
    return not wanted or language is None or wanted == language


def is_valid_on(alias: Alias, date: str) -> bool:
    """Return whether an alias holds on an ISO date; without a date, whether it holds now."""
    if not date:
        return not alias.until
    return (not alias.since or alias.since <= date) and (not alias.until or date <= alias.until)
