"""Starts stages and pushes by fork, so that what is killed hundreds of times does not spend the machine on its imports.

Reads one order a line, `clean`, `tag`, `alert` (settings may follow) or `push FILE`, and writes the process id of who
carries it out. A stage is what `python -m runtime.process` runs, except that a page from poison.example kills the
worker that cleans it, as a page that crashes a parser would. A push is `tocsin push FILE`; when it ends well, FILE.done
is there.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import services.alert.app
import services.clean.app
import services.cli.app
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


def push(path: str) -> None:
    sys.argv = ["tocsin", "push", path]
    os.dup2(2, 1)  # what it prints belongs into the log, not into our answers
    try:
        services.cli.app.main()
    except SystemExit as ended:
        if not ended.code:
            Path(path + ".done").touch()


def carry_out(order: str) -> None:
    what, _, rest = order.partition(" ")
    if what == "push":
        push(rest)
    else:
        os.environ.update(setting.split("=", 1) for setting in rest.split())
        logs.set_up(what, "info")
        asyncio.run(APPS[what].build().run())


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped at once, so that their ids are seen to be gone
    services.clean.app.transform = clean_or_die
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                carry_out(line.strip())
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
