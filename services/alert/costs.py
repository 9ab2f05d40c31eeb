"""What rules cost: how often the index could not rule a rule out, how often it held, and how long that took."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class RuleCost:
    """What one rule took for some articles."""

    candidates: int = 0
    hits: int = 0
    seconds: float = 0.0


@dataclass
class Costs:
    """Costs by rule id; `timer` gives seconds (pure code has no clock of its own)."""

    timer: Callable[[], float]
    by_rule: dict[str, RuleCost] = field(default_factory=dict)

    def add(self, rule: str, seconds: float, *, candidates: int = 0, hits: int = 0) -> None:
        """Count a look at a rule."""
        cost = self.by_rule.setdefault(rule, RuleCost())
        cost.candidates += candidates
        cost.hits += hits
        cost.seconds += seconds
