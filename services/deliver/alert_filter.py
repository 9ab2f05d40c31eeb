"""AlertFilter: which alerts a subscriber asked for.

A value may be a list ("high,critical": any of them); a parameter given twice asks for both (`actor=NER&actor=RUS`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from runtime.errors import Misconfigured
from schemas.monitor_event import ALERT_TYPES, MONITOR_TYPES
from services.deliver.facts import SEVERITIES, UNASKED_TYPES, Facts

Choice = frozenset[str]
Choices = tuple[Choice, ...]  # all of the choices, any value of each
TYPES = {type.rpartition(".")[2]: (type,) for type in (*ALERT_TYPES, *MONITOR_TYPES)} | {
    "alert": ALERT_TYPES,
    "monitor": MONITOR_TYPES,
    "all": (*ALERT_TYPES, *MONITOR_TYPES),
}


class WrongFilter(Misconfigured):
    """A filter asks for something that cannot be."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Matches an alert when every parameter that is given is satisfied; what is unknown satisfies nothing.

    Without `type` it matches news only: what Tocsin says of itself is for who asks for it.
    """

    type: Choices = ()
    rule: Choices = ()
    severity: Choices = ()
    actor: Choices = ()
    topic: Choices = ()
    tag: Choices = ()
    language: Choices = ()
    source: Choices = ()
    story: Choices = ()
    state: Choices = ()
    q: tuple[str, ...] = ()  # texts in the title or in a quote, in any case

    def matches(self, facts: Facts) -> bool:
        """Return whether the alert was asked for."""
        return (
            (all(facts.type in choice for choice in self.type) if self.type else facts.type not in UNASKED_TYPES)
            and all(facts.rule in choice for choice in self.rule)
            and all(facts.severity in choice for choice in self.severity)
            and not any(choice.isdisjoint(facts.actors) for choice in self.actor)
            and not any(choice.isdisjoint(facts.topics) for choice in self.topic)
            and not any(choice.isdisjoint(facts.tags) for choice in self.tag)
            and all(facts.language in choice for choice in self.language)
            and all(facts.source in choice for choice in self.source)
            and all(facts.story in choice for choice in self.story)
            and all(facts.state in choice for choice in self.state)
            and all(text in facts.text for text in self.q)
        )


PARAMETERS = tuple(field.name for field in fields(AlertFilter))
EVERYTHING = AlertFilter()


def build_filter(given: Mapping[str, Iterable[str]]) -> AlertFilter:
    """Return the filter of a request's or a subscription's parameters; other names are passed over.

    `min_severity=high` is short for `severity=high,critical`. Raises WrongFilter.
    """
    choices: dict[str, tuple[Choice, ...]] = {}
    for name in PARAMETERS:
        if name != "q" and (values := tuple(given.get(name, ()))):
            choices[name] = tuple(
                frozenset(part for one in value.split(",") if (part := one.strip())) for value in values
            )
    for choice in choices.get("severity", ()):
        if wrong := choice - set(SEVERITIES):
            raise WrongFilter(f"severity: expected {', '.join(SEVERITIES)}, found '{', '.join(sorted(wrong))[:60]}'")
    choices |= _types(choices.pop("type", ()))
    for least in given.get("min_severity", ()):
        if least not in SEVERITIES:
            raise WrongFilter(f"min_severity: expected one of {', '.join(SEVERITIES)}, found '{least[:60]}'")
        severities = frozenset(SEVERITIES[SEVERITIES.index(least) :])
        choices["severity"] = (*choices.get("severity", ()), severities)
    texts = tuple(text.casefold() for text in given.get("q", ()) if text.strip())
    return AlertFilter(**choices, q=texts)


def _types(given: Choices) -> dict[str, Choices]:
    """Return full types for short ones: "silence" is tocsin.monitor.silence, "monitor" and "all" are several."""
    if unknown := {one for choice in given for one in choice} - set(TYPES) - set(TYPES["all"]):
        raise WrongFilter(f"type: expected {', '.join(TYPES)}, found '{', '.join(sorted(unknown))[:60]}'")
    full = tuple(frozenset(type for one in choice for type in TYPES.get(one, (one,))) for choice in given)
    return {"type": full} if full else {}
