"""Starts stages by fork, so that a worker that is killed hundreds of times does not spend the machine on its imports.

Reads one stage name a line and writes the process id of its new worker. Each worker is what `python -m runtime.process`
runs, except that a page from poison.example kills the worker that cleans it, as a page that crashes a parser would.
"""

import asyncio
import os
import signal
import sys
from typing import Any

import services.alert.app
import services.clean.app
import services.tag.app
from runtime import logs
from runtime.handling import Output

POISON = b"https://poison.example/"
APPS: dict[str, Any] = {"clean": services.clean.app, "tag": services.tag.app, "alert": services.alert.app}

clean = services.clean.app.transform


def clean_or_die(data: bytes) -> Output:
    if POISON in data[:300]:
        os.kill(os.getpid(), signal.SIGKILL)
    return clean(data)


def work(stage: str) -> None:
    logs.set_up(stage, "info")
    asyncio.run(APPS[stage].build().run())


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped at once, so that their ids are seen to be gone
    services.clean.app.transform = clean_or_die
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            code = 70
            try:
                work(line.strip())
                code = 0
            finally:
                os._exit(code)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
