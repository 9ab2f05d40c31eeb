"""The ledger: every candidate (a rule that holds for an article) ends in exactly one of these states."""

from enum import StrEnum


class State(StrEnum):
    """What became of a candidate."""

    RANG = "rang"  # an alert was opened
    UPDATED = "updated"  # an independent origin joined an alert, which got a new revision
    DUPLICATE = "duplicate"  # a copy, or another page of an origin that the alert already counts
    BELOW_THRESHOLD = "below_threshold"  # too few origins in the window so far, or no spike
    SUPPRESSED_BY_COOLDOWN = "suppressed_by_cooldown"  # the rule rang for the same actors a short time ago
    MUTED = "muted"  # the rule is muted, or these are its quiet hours
    SHADOW = "shadow"  # would have rung or updated, but the rule is on trial
    STALE = "stale"  # published longer ago than the rule wants, or nobody knows when
    CANARY = "canary"  # the reserved rule rang for a canary page


STATES = tuple(state.value for state in State)
