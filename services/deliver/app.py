"""deliver: Alert → subscribers, by HTTP, event stream, webhook, chat, mail, feed and page."""

from runtime.settings import RuntimeSettings, load
from services.deliver.adapters.server import Deliver
from services.deliver.settings import DeliverSettings


def build(settings: RuntimeSettings | None = None, deliver: DeliverSettings | None = None) -> Deliver:
    """Return the service, ready to run(); raises Misconfigured when the setup is unfit."""
    return Deliver(settings or load(RuntimeSettings), deliver or load(DeliverSettings))
