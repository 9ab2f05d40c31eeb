"""The HTTP side of deliver: the page, the API and the event streams."""
