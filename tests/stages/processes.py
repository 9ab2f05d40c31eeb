"""A stage as a process of its own, as `tocsin run` and Compose start it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from runtime.settings import RuntimeSettings

CLEAN_ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
ROOT = Path(__file__).parents[2]


async def start_process(*arguments: str, cwd: Path, **environ: str) -> asyncio.subprocess.Process:
    """Start `python -m runtime.process` with nothing of the caller's settings."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runtime.process", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**CLEAN_ENVIRON, "PYTHONPATH": str(ROOT), **environ},
        cwd=cwd,
    )


@contextlib.asynccontextmanager
async def stage_process(
    stage: str, *arguments: str, cwd: Path, settings: RuntimeSettings
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a stage that has begun to read; it is killed at the end when it still runs."""
    assert settings.redis_url
    process = await start_process(
        stage,
        *arguments,
        cwd=cwd,
        TOCSIN_REDIS_URL=settings.redis_url.get_secret_value(),
        TOCSIN_STREAM_PREFIX=settings.stream_prefix,
    )
    try:
        assert process.stderr
        while b"stage started" not in (line := await asyncio.wait_for(process.stderr.readline(), 30)):
            assert line, "the stage ended before it started to read"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
