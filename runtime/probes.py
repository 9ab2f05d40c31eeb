"""/livez, /readyz and /metrics of a process, served by a thread of its own.

A thread, so that a blocked event loop is seen: /livez then answers 503 instead of nothing.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Check = Callable[[], str | None]  # None when all is well, else what is wrong


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(
    host: str, port: int, *, registry: CollectorRegistry, is_live: Check, is_ready: Check
) -> tuple[int, Callable[[], None]]:
    """Serve the three paths on host:port (0: a free port); returns the port and a function that stops serving."""
    if registry.get_sample_value("process_start_time_seconds") is None:  # stages have brought their own
        ProcessCollector(registry=registry)
    metrics = make_wsgi_app(registry)

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"].rstrip("/")
        if path == "/metrics":
            found: Iterable[bytes] = metrics(environ, start_response)
            return found
        check = {"/livez": is_live, "/readyz": is_ready}.get(path)
        if check is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"one of: /livez /readyz /metrics\n"]
        wrong = check()
        start_response("503 Service Unavailable" if wrong else "200 OK", [("Content-Type", "text/plain")])
        return [f"{wrong or 'ok'}\n".encode()]

    server = make_server(host, port, app, ThreadingWSGIServer, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, name="probes", daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return server.server_port, stop
