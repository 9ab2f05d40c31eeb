"""What each rule did so far: its ledger, as the alert stage counts it in Redis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.alert.ledger import EDITED, STATES


@dataclass(frozen=True, slots=True)
class RuleStats:
    """One rule's candidates by state; without edits the states add up to the hits."""

    rule: str
    states: Mapping[str, int]
    last_hit_at: datetime | None = None
    candidates: int = 0  # articles the index could not rule out
    seconds: float = 0.0  # processor time

    @property
    def hits(self) -> int:
        """Articles for which the rule held."""
        return sum(count for state, count in self.states.items() if state not in EDITED)


def rule_stats(ledger: Mapping[bytes, bytes]) -> list[RuleStats]:
    """Return the stats of each rule from the hash `stats:rules` of a partition, most hits first."""
    fields: dict[str, dict[str, int]] = {}
    for name, value in ledger.items():
        rule, _, field = name.decode().rpartition(":")
        fields.setdefault(rule, {})[field] = int(value)
    stats = [
        RuleStats(
            rule,
            {state: found[state] for state in STATES if state in found},
            datetime.fromtimestamp(found["last_ms"] / 1000, UTC) if "last_ms" in found else None,
            found.get("candidates", 0),
            found.get("cost_us", 0) / 1e6,
        )
        for rule, found in fields.items()
    ]
    return sorted(stats, key=lambda one: (-one.hits, one.rule))
