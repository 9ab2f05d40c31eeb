"""Rule files → which of our actors and topics each rule needs, so that the trained models read what can ring. Pure.

A condition is read only as far as that takes, and never too strictly: what cannot be read here (a phrase in quotes, an
unknown name, a `not`) asks for nothing. The alert stage reads the whole of it, and says what is wrong.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import yaml

from services.tag.catalogue import Catalogue

# One of each set must be there; the ids of actors and topics.
Need = tuple[frozenset[str], ...]

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|'[^']*'")
_PHRASE = "\x00"  # stands for a quoted phrase, which an article may have or not
_WITHIN = re.compile(r"\bwithin\s+(?:\d+\s+)?\w+", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:any|\d+)\s+of\b", re.IGNORECASE)
_NOT = re.compile(r"\s*not\b", re.IGNORECASE)


def rules_to_needs(texts: Iterable[str], catalogue: Catalogue) -> tuple[Need, ...]:
    """Return what the rules of the texts of rule files need; a rule that names nothing of ours is left out."""
    found: dict[Need, None] = {}
    for text in texts:
        for rule in _rules(text):
            found.update(dict.fromkeys(_needs_of_rule(rule, catalogue)))
    return tuple(need for need in found if need)


def can_ring(present: frozenset[str], needs: Iterable[Need]) -> bool:
    """Return whether an article with these actors and topics has all that one of the rules needs."""
    return any(all(not choice.isdisjoint(present) for choice in need) for need in needs)


def _rules(text: str) -> Iterator[Mapping[str, object]]:
    try:
        root = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    rules = root.get("rules") if isinstance(root, dict) else None
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            yield rule


def _needs_of_rule(rule: Mapping[str, object], catalogue: Catalogue) -> list[Need]:
    when, weights = rule.get("when"), rule.get("weights")
    if isinstance(when, str):
        return _needs(_QUOTED.sub(_PHRASE, f" {' '.join(when.split())} "), catalogue)
    points = weights.get("points") if isinstance(weights, dict) else None
    if not isinstance(points, dict):
        return []
    wanted = {str(name) for name, point in points.items() if not str(point).startswith("-")}
    return [(ids,) for name in sorted(wanted) if (ids := _ids(name, catalogue))]


def _needs(condition: str, catalogue: Catalogue) -> list[Need]:
    """Return the needs of a condition: one for each side of its outer `or`."""
    sides = _split(condition, "or")
    if len(sides) > 1:
        return [need for side in sides for need in _needs(side, catalogue)]
    need: list[frozenset[str]] = []
    for part in _split(condition, "and"):
        need += _choices(part, catalogue)
    return [tuple(dict.fromkeys(need))]


def _choices(part: str, catalogue: Catalogue) -> list[frozenset[str]]:
    """Return the sets that a part of a conjunction asks one of."""
    part = _WITHIN.sub("", part).strip()
    if _NOT.match(part):
        return []
    if part.startswith("(") and part.endswith(")"):
        inner = _needs(f" {part[1:-1]} ", catalogue)
        if len(inner) == 1:
            return list(inner[0])
        return [frozenset().union(*(ids for need in inner for ids in need))] if all(inner) else []
    names = re.split(r"[(),]|\sor\s", _CHOICE.sub("", part))
    ids = [_ids(name, catalogue) for name in names if name.strip()]
    return [frozenset().union(*ids)] if ids and all(ids) else []


def _ids(name: str, catalogue: Catalogue) -> frozenset[str]:
    found = catalogue.resolve(name.strip()) if name.strip() and _PHRASE not in name else None
    return catalogue.members(found) if found else frozenset()


def _split(condition: str, word: str) -> list[str]:
    """Return the sides of a word that stands outside all brackets."""
    sides, depth, at = [], 0, 0
    for match in re.finditer(r"[()]|\s(?:and|or)(?=\s)", condition, re.IGNORECASE):
        if match[0] in "()":
            depth += 1 if match[0] == "(" else -1
        elif depth == 0 and match[0].strip().lower() == word:
            sides.append(condition[at : match.start()])
            at = match.end()
    return [*sides, condition[at:]]
