"""AlertFilter: which alerts a subscriber asked for.

A value may be a list ("high,critical": any of them); a parameter given twice asks for both (`actor=NER&actor=RUS`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from runtime.errors import Misconfigured
from services.deliver.facts import SEVERITIES, Facts

Choice = frozenset[str]
Choices = tuple[Choice, ...]  # all of the choices, any value of each


class WrongFilter(Misconfigured):
    """A filter asks for something that cannot be."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Matches an alert when every parameter that is given is satisfied; what is unknown satisfies nothing."""

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
            all(facts.rule in choice for choice in self.rule)
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
    for least in given.get("min_severity", ()):
        if least not in SEVERITIES:
            raise WrongFilter(f"min_severity: expected one of {', '.join(SEVERITIES)}, found '{least[:60]}'")
        severities = frozenset(SEVERITIES[SEVERITIES.index(least) :])
        choices["severity"] = (*choices.get("severity", ()), severities)
    texts = tuple(text.casefold() for text in given.get("q", ()) if text.strip())
    return AlertFilter(**choices, q=texts)
