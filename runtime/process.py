"""The entry of one process: `python -m runtime.process clean`; a stage, or the monitor beside them.

Sets up logs, refuses to start on a wrong setup with one clear line, and ends with its parent: a supervisor that is
killed closes our standard input, and nothing is left running behind its back.
"""

import asyncio
import importlib
import logging
import os
import signal
import sys
import threading

from runtime import logs
from runtime.errors import Misconfigured
from runtime.settings import RuntimeSettings, load

log = logging.getLogger("tocsin.process")

MODULES = {"monitor": "runtime.monitor_process"}  # all others are services
MISCONFIGURED = 78  # EX_CONFIG of sysexits.h: restarting will not help


def end_with_parent() -> None:
    """Stop this process when its standard input closes, as it does when the supervisor is gone."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()


def main(stage: str, *, is_supervised: bool) -> int:
    """Run one stage until SIGTERM or SIGINT; returns the exit code."""
    try:
        settings = load(RuntimeSettings)
        logs.set_up(stage, settings.log_level)
        if is_supervised:
            end_with_parent()
        app = importlib.import_module(MODULES.get(stage, f"services.{stage}.app")).build()
        _run(app)
    except Misconfigured as error:
        logs.set_up(stage, "info")
        log.error("refused to start", extra={"reason": str(error)})
        return MISCONFIGURED
    return 0


def _run(app: "object") -> None:
    run = app.run  # type: ignore[attr-defined]
    try:
        import uvloop  # noqa: PLC0415  (not on every platform)
    except ImportError:
        asyncio.run(run())
    else:
        uvloop.run(run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], is_supervised="--supervised" in sys.argv[2:]))
