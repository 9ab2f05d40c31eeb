"""DeadLetter: a message a stage gave up on, why, and everything needed to try it again."""

from pydantic import AwareDatetime

from schemas.message import Message


class DeadLetter(Message):
    """A message a stage gave up on. `payload` is what it read, so that a retry puts it back unchanged."""

    stage: str
    message_id: str  # id of the entry in the stage's stream
    reason: str  # of the stage's closed set, such as "invalid_message" or "too_many_deliveries"
    detail: str  # for a person: what was expected, what was found
    deliveries: int = 1
    died_at: AwareDatetime
    payload: str
