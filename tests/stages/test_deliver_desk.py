"""The desk's process: how long it may take to start, and to answer."""

import asyncio
import os
import signal
from pathlib import Path

from runtime.settings import RuntimeSettings
from services.deliver.adapters.desk_process import DeskProcess
from tests.wait import until

ANSWER_SECONDS = 8.0


def children() -> set[int]:
    """The processes that this one has started."""
    return {int(id) for path in Path("/proc/self/task").glob("*/children") for id in path.read_text().split()}


async def test_a_start_that_takes_longer_than_an_answer_may_is_waited_for(settings: RuntimeSettings) -> None:
    """On a busy machine it was ended half started, again and again, and no question was ever answered."""
    before, desk = children(), DeskProcess(settings, answer_seconds=ANSWER_SECONDS)
    asking = asyncio.create_task(desk.ask("validate", yaml=""))
    await until(lambda: children() - before, describe="the desk is being started")
    (started,) = children() - before

    os.kill(started, signal.SIGSTOP)
    done, _ = await asyncio.wait({asking}, timeout=ANSWER_SECONDS + 0.5)
    assert not done
    os.kill(started, signal.SIGCONT)

    assert (await asking)["rules"] == []
    await desk.stop()
