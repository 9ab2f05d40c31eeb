"""`tocsin run`: everything on one machine: the server, a process per stage, pages in, alerts on the screen."""

import asyncio
import contextlib
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from runtime.cancelling import end, end_if_cancelled
from runtime.errors import Misconfigured
from runtime.redis_client import client, redis_url, wait_until_ready, without_password
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings, load, refuse_unknown_names
from runtime.stream_status import StageStatus, pipeline_status, whole
from runtime.supervisor import Supervisor
from schemas import CloudEvent
from schemas.streams import STAGES
from services.cli.alert_to_text import alert_to_text
from services.cli.options import DataOption, WatchOption
from services.cli.push import Pushed, default_paths, push_paths, show_refusals
from services.cli.words import counted
from services.deliver.adapters import alert_log

SERVED = ("deliver", "produce", "monitor")  # what a run that goes on has beside the stages
PAGE_PORT = 8787
LOOK_SECONDS = 0.1  # between looks at whether everything has come out


@dataclass
class Run:
    """What a run is asked to do, and what it has seen."""

    settings: RuntimeSettings
    paths: list[Path]
    workers: dict[str, int]
    environ: dict[str, str]
    is_once: bool
    server: EmbeddedServer | None = None  # ours, when no other is set
    console: Console = field(default_factory=Console)
    pushed: Pushed = field(default_factory=Pushed)
    shown: set[str] = field(default_factory=set)
    is_listening: asyncio.Event = field(default_factory=asyncio.Event)
    all_pushed: asyncio.Event = field(default_factory=asyncio.Event)
    page_port: int | None = None
    first_new: str = "0"  # alerts after this id rang in this run


def command(
    paths: Annotated[list[Path] | None, typer.Argument(help="Pages to push first; default: the seeds.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when everything pushed has come out.")] = False,
    data_dir: DataOption = None,
    watch: WatchOption = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the page and the API (default 8787).")] = None,
    workers: Annotated[
        list[str] | None, typer.Option("--workers", metavar="STAGE=N", help="More processes for a stage.")
    ] = None,
) -> None:
    """Run the whole pipeline here, push pages, and print each alert as it rings."""
    refuse_unknown_names()
    settings = load(RuntimeSettings)
    if data_dir is not None:
        settings = settings.model_copy(update={"data_dir": data_dir})
    stages = STAGES if once else (*STAGES, *SERVED)
    run = Run(settings, paths or default_paths(), workers_of(stages, workers or []), {}, once)
    if watch is not None:
        run.environ["TOCSIN_WATCH_DIR"] = str(watch.resolve())
    if not once:
        run.page_port = free_port(port)
        run.environ["TOCSIN_DELIVER_PORT"] = str(run.page_port)
    if not once or settings.probe_port is not None:
        # A free one each, also where one is set, as in the image: workers that want the same one die of it.
        run.environ["TOCSIN_PROBE_PORT"] = "0"
    raise typer.Exit(_with_server(run))


def free_port(wanted: int | None) -> int:
    """Return the wanted port, or the first free one from 8787 on; raises Misconfigured when the wanted one is taken."""
    for port in [wanted] if wanted is not None else range(PAGE_PORT, PAGE_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise Misconfigured(f"--port {wanted or PAGE_PORT}: the port is taken; choose another one with --port")


def workers_of(stages: tuple[str, ...], given: list[str]) -> dict[str, int]:
    """Return the number of processes of each stage; raises Misconfigured on anything but STAGE=N."""
    workers = dict.fromkeys(stages, 1)
    for one in given:
        stage, _, count = one.partition("=")
        if stage not in STAGES or not count.isdecimal() or int(count) < 1:
            raise Misconfigured(f"--workers {one}: expected STAGE=N with STAGE one of {', '.join(STAGES)} and N ≥ 1")
        workers[stage] = int(count)
    return workers


def _with_server(run: Run) -> int:
    """Run against the server that is set, or one of our own."""
    if run.settings.redis_url is not None:
        return asyncio.run(_run(run))
    with EmbeddedServer(run.settings.data_dir) as server:
        run.settings = run.settings.model_copy(update={"redis_url": SecretStr(server.url)})
        run.environ["TOCSIN_REDIS_URL"] = server.url
        run.server = server
        return asyncio.run(_run(run))


async def _run(run: Run) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url = redis_url(run.settings)
    redis = client(run.settings)
    log_path = run.settings.data_dir / "tocsin.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(run.workers, run.environ, str(log_path))
    try:
        await wait_until_ready(redis, url=url, patience_seconds=30)
        run.console.print(f"[dim]server {without_password(url)} · logs {log_path}[/]")
        if run.page_port is not None:
            run.console.print(f"page and API: [bold]http://127.0.0.1:{run.page_port}[/] · Ctrl-C ends")
        await supervisor.start()
        return await _work(run, redis, supervisor, stop)
    finally:
        await supervisor.stop()
        await redis.aclose()


async def _work(run: Run, redis: Any, supervisor: Supervisor, stop: asyncio.Event) -> int:
    """Push, show, and wait for the end; returns the exit code."""
    started = monotonic()
    with run.console.status("starting …") as line:
        tasks = [
            asyncio.create_task(_show_alerts(run, redis)),
            asyncio.create_task(_push(run, redis)),
            asyncio.create_task(_watch(run, redis, supervisor, line)),
        ]
        stopping = asyncio.create_task(stop.wait())
        show, push, watch = tasks
        try:
            # The watcher ends when all is out (--once) or a worker refuses to start; the printer only by an error.
            left = {show, push, watch, stopping}
            while left >= {watch, stopping}:
                done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            await end((*tasks, stopping))
    return await _report(run, redis, supervisor, seconds=monotonic() - started, was_stopped=stop.is_set())


async def _push(run: Run, redis: Any) -> None:
    await run.is_listening.wait()  # or an alert of this run could pass for one of an earlier run
    async for _ in push_paths(redis, run.settings, run.paths, pushed=run.pushed, is_patient=True):
        pass
    run.all_pushed.set()
    show_refusals(run.console, run.pushed)
    run.console.print(f"[dim]pushed: {run.pushed.sentence}[/]")


async def _show_alerts(run: Run, redis: Any) -> None:
    """Print new alerts, and those that pages pushed now rang in an earlier run."""
    old = [(id, event) async for id, event in alert_log.read(redis, run.settings, start="0", follow=False)]
    run.first_new = old[-1][0] if old else "0"
    run.is_listening.set()
    if old:
        await run.all_pushed.wait()
    for _, event in old:
        if event.data.page.id in run.pushed.page_ids:
            _show(run, event, is_old=True)
    last = run.first_new
    while True:
        end_if_cancelled()
        with contextlib.suppress(RedisError, OSError):  # away: _watch says so
            async for id, event in alert_log.read(redis, run.settings, start=last, follow=True):
                _show(run, event, is_old=False)
                last = id
        await asyncio.sleep(LOOK_SECONDS)


def _show(run: Run, event: CloudEvent, *, is_old: bool) -> None:
    if event.id in run.shown:
        return
    run.shown.add(event.id)
    run.console.print(alert_to_text(event.data, is_old=is_old))


async def _watch(run: Run, redis: Any, supervisor: Supervisor, line: Status) -> None:
    """Keep the status line true; returns when everything that was pushed has come out, in a run that ends."""
    while True:
        end_if_cancelled()  # Ctrl-C while the status was read: the client may have told it as an error of the server
        if refusals := supervisor.refusals:
            raise Misconfigured(
                f"{', '.join(refusals)} refused to start; the reason stands at the end of"
                f" {run.settings.data_dir / 'tocsin.log'}:\n{_last_refusal(run)}"
            )
        is_all_pushed = run.all_pushed.is_set()  # asked first: what is pushed while the status is read is not in it
        try:
            stages = await pipeline_status(redis, run.settings)
        except (RedisError, OSError):
            line.update("[dim]the server is away, waiting for it …[/]")
            await _bring_back(run)
            continue
        line.update(_progress(stages, supervisor) + _trouble(run))
        if is_all_pushed and run.is_once and not any(stage.length for stage in stages):
            # One more round for the printer: the last alert stood in the log before its input was gone.
            await _until_shown(run, redis)
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _bring_back(run: Run) -> None:
    """Start our own server again when it died, and give any server a moment; Misconfigured when ours cannot start."""
    if run.server is not None and not run.server.is_running:
        await asyncio.to_thread(run.server.restart)
        run.console.print("[yellow]the server had died and was started again[/]")
    await asyncio.sleep(LOOK_SECONDS)


async def _until_shown(run: Run, redis: Any) -> None:
    """Print what this run rang and the printer has not come to yet."""
    async for _, event in alert_log.read(redis, run.settings, start=run.first_new, follow=False):
        _show(run, event, is_old=False)


def _progress(stages: list[StageStatus], supervisor: Supervisor) -> str:
    parts = [f"{s.stage} {s.received}" + (f" (+{s.length})" if s.length else "") for s in whole(stages)]
    restarts = f" · {counted(supervisor.restarts, 'restart')}" if supervisor.restarts else ""
    return "[dim]" + " → ".join(parts) + restarts + "[/]"


def _trouble(run: Run) -> str:
    """Return why the server takes no pages, such as a disk that is full; "" when it does."""
    return f" [yellow]the server takes no pages: {escape(run.pushed.trouble)}[/]" if run.pushed.trouble else ""


def _last_refusal(run: Run) -> str:
    with contextlib.suppress(OSError):
        lines = (run.settings.data_dir / "tocsin.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line for line in reversed(lines) if "refused to start" in line), "")
    return ""


async def _report(run: Run, redis: Any, supervisor: Supervisor, *, seconds: float, was_stopped: bool) -> int:
    try:
        stages = await pipeline_status(redis, run.settings)
    except (RedisError, OSError):
        run.console.print("[yellow]the server is away; what was pushed waits there for the next run[/]")
        stages = []
    left = sum(stage.length for stage in stages)
    dead = sum(stage.dead_letters for stage in stages)
    parts = [counted(len(run.pushed.page_ids), "page"), counted(len(run.shown), "alert"), f"{seconds:.1f} s"]
    if dead:
        parts.append(f"{counted(dead, 'dead letter')} (see them with `tocsin dead list`)")
    if supervisor.restarts:
        parts.append(
            f"{counted(supervisor.restarts, 'restart of workers')} (see {run.settings.data_dir / 'tocsin.log'})"
        )
    if left and was_stopped:
        parts.append(f"{counted(left, 'message')} left for the next run")
    run.console.print(" · ".join(parts))
    return 0 if not left or was_stopped else 1
