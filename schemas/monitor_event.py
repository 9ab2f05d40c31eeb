"""MonitorEvent: what Tocsin says of itself and of its sources, in a CloudEvents 1.0 envelope, beside the alerts."""

from typing import Literal

from pydantic import AwareDatetime

from schemas.message import Message, Part

ALERT_TYPES = ("tocsin.alert.opened", "tocsin.alert.updated", "tocsin.alert.retracted")
SILENCE, RECOVERY = "tocsin.monitor.silence", "tocsin.monitor.recovery"
MONITOR_TYPES = (SILENCE, RECOVERY)  # what stands in the alert log beside alerts
CANARY = "tocsin.monitor.canary"  # of an event stream only: a canary page came out as an alert


class Silence(Part):
    """A source, rule or language that used to speak has stopped, or speaks again."""

    kind: Literal["source", "rule", "language"]
    subject: str
    change: Literal["began", "ended"]
    last_event_at: AwareDatetime | None = None
    quiet_seconds: int
    likelihood: float  # of a silence this long, by the rhythm that was learned
    forgotten: bool = False  # ended because somebody said so (`tocsin silences forget`), and not by speaking


class MonitorEvent(Message):
    """A silence that began or ended."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    type: Literal["tocsin.monitor.silence", "tocsin.monitor.recovery"]
    source: str  # /monitor/sources, /monitor/rules, /monitor/languages
    subject: str | None = None  # who is silent
    time: AwareDatetime
    sequence: str | None = None  # sorts as text in the order of the log
    datacontenttype: Literal["application/json"] = "application/json"
    data: Silence
