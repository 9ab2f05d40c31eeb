"""The ledger: every candidate ends in exactly one of these states.

A candidate is a rule that holds for an article; and, since pages are edited, a rule that held for the page before.
"""

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
    RETRACTED = "retracted"  # the page was edited, and nothing is left that satisfies the rule
    WITHDRAWN = "withdrawn"  # the page was edited and no longer satisfies the rule; other pages of the story do


STATES = tuple(state.value for state in State)
EDITED = (State.RETRACTED, State.WITHDRAWN)  # states in which the rule no longer holds
