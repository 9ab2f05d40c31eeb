"""The process of deliver: uvicorn on one socket, one tailer, one keeper of the log, and an orderly end."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Iterator
from time import time
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry
from redis.exceptions import RedisError

from runtime import probes
from runtime.cancelling import end
from runtime.errors import Misconfigured
from runtime.redis_client import client, redis_url, wait_until_ready
from runtime.repartition import require_partitions
from runtime.settings import RuntimeSettings
from services.deliver.access import Tokens, parse_tokens
from services.deliver.adapters import alert_log, log_keeper
from services.deliver.adapters.bounded_connection import BoundedConnection
from services.deliver.adapters.couriers import carry, load_subscriptions
from services.deliver.adapters.desk_process import DeskProcess
from services.deliver.adapters.event_stream import Streams
from services.deliver.adapters.http.api import build_site
from services.deliver.adapters.http.guard import is_loopback
from services.deliver.adapters.http.status import is_live, is_ready
from services.deliver.adapters.ring import Ring, Tailer
from services.deliver.adapters.rule_store import RuleStore
from services.deliver.adapters.served import Served
from services.deliver.alert_index import AlertIndex
from services.deliver.channels.guarded import EVERYWHERE, Outgoing
from services.deliver.facts import Entry, to_entry
from services.deliver.metrics import DeliverMetrics
from services.deliver.positions import as_numbers
from services.deliver.settings import DeliverSettings
from services.produce.adapters.ways_in import ways_in

log = logging.getLogger("tocsin.deliver")

ANY = asyncio.FIRST_COMPLETED
STOP_SECONDS = 3  # for answers under way; event streams end at once
UNSENT_BYTES = 64 * 1024  # of a connection, in the kernel; a thousand that do not read are 64 MB
BACKLOG = 2048  # connections that may wait to be taken: a thousand clients come back at once after a restart


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: it would send the signal again after a clean end, and fail the exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Deliver:
    """The service: run() until exit()."""

    def __init__(self, settings: RuntimeSettings, deliver: DeliverSettings) -> None:
        """Prepare everything but talk to nobody; raises Misconfigured when the setup is unfit."""
        self.settings = settings
        self.deliver = deliver
        self.url = redis_url(settings)
        self.tokens = load_tokens(deliver)
        self.subscriptions = load_subscriptions(settings, deliver)
        self.retry_scale = 1.0
        self.port = 0
        self.served: Served | None = None  # while it runs
        self.is_listening = asyncio.Event()
        self._stop = asyncio.Event()

    def exit(self) -> None:
        """Ask run() to end: event streams are closed, answers under way are finished."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until exit(), SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.exit)
        with contextlib.ExitStack() as stack:
            listening = stack.enter_context(listen(self.deliver))
            self.port = listening.getsockname()[1]
            redis = client(self.settings)
            try:
                await self._until_ready(redis)
                if not self._stop.is_set():
                    await self._serve(self._assemble(redis), listening)
            finally:
                await redis.aclose()

    def _assemble(self, redis: Any) -> Served:
        served = assemble(redis, self.settings, self.deliver, self.tokens)
        served.subscriptions, served.retry_scale = self.subscriptions, self.retry_scale
        return served

    async def _until_ready(self, redis: Any) -> None:
        waiting = asyncio.create_task(wait_until_ready(redis, url=self.url))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({waiting, stopping}, return_when=ANY)
        stopping.cancel()
        if waiting.done():
            waiting.result()
            await require_partitions(redis, self.settings)
        waiting.cancel()

    async def _serve(self, served: Served, listening: socket.socket) -> None:
        server = _Server(
            uvicorn.Config(
                build_site(served),
                http=BoundedConnection,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self.served = served
        stop_probes = self._serve_probes(served)
        tasks = [asyncio.create_task(_watched(task)) for task in background(served)]
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopping = asyncio.create_task(self._stop.wait())
        try:
            following = asyncio.create_task(served.tailer.is_following.wait())
            await _until_one_ends(tasks, following, stopping)
            log.info("page and API served", extra={"url": f"http://{self.deliver.host}:{self.port}/"})
            self.is_listening.set()
            await _until_one_ends(tasks, serving, stopping)
        finally:
            served.streams.close()
            server.should_exit = True
            await asyncio.wait({serving}, timeout=STOP_SECONDS + 1)
            await end((*tasks, serving, stopping))
            await served.desk.stop()
            await served.outgoing.close()
            stop_probes()
            log.info("stopped")

    def _serve_probes(self, served: Served) -> Any:
        """Serve the probes from a thread as every stage does, when asked: a blocked loop is then seen."""
        if self.settings.probe_port is None:
            return lambda: None
        _, stop = probes.serve(
            self.settings.probe_host,
            self.settings.probe_port,
            registry=served.registry,
            is_live=lambda: is_live(served),
            is_ready=lambda: is_ready(served),
        )
        return stop


def load_tokens(deliver: DeliverSettings) -> Tokens:
    """Return the tokens in force; raises Misconfigured when others could reach us and none is set."""
    text, where = "", "TOCSIN_DELIVER_TOKENS"
    if deliver.tokens is not None:
        text = deliver.tokens.get_secret_value().replace(";", "\n")
    elif deliver.tokens_file is not None:
        where = str(deliver.tokens_file)
        try:
            text = deliver.tokens_file.read_text(encoding="utf-8")
        except OSError as error:
            raise Misconfigured(f"{where}: the file of tokens cannot be read ({error.strerror})") from None
    tokens = parse_tokens(text, where)
    if not tokens and not is_loopback(deliver.host) and not deliver.published_on_loopback_only:
        raise Misconfigured(
            f"TOCSIN_DELIVER_HOST is {deliver.host}, which others can reach: set TOCSIN_DELIVER_TOKENS_FILE, or,"
            " when the port is published to this machine only, TOCSIN_DELIVER_PUBLISHED_ON_LOOPBACK_ONLY=true"
        )
    return tokens


@contextlib.contextmanager
def listen(deliver: DeliverSettings) -> Iterator[socket.socket]:
    """Yield the listening socket; raises Misconfigured when its address is taken."""
    family = socket.AF_INET6 if ":" in deliver.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Taken over by every connection: one that reads nothing for so long is ended by the kernel.
            milliseconds = int(deliver.stalled_after.total_seconds() * 1000)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            # Likewise: the kernel takes no more from us than this ahead of the client; else it would be megabytes.
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        try:
            found.bind((deliver.host, deliver.port))
        except OSError as error:
            raise Misconfigured(
                f"TOCSIN_DELIVER_PORT: cannot listen on {deliver.host}:{deliver.port} ({error.strerror});"
                " choose another port, or 0 for a free one"
            ) from None
        found.setblocking(False)
        yield found


def assemble(redis: Any, settings: RuntimeSettings, deliver: DeliverSettings, tokens: Tokens) -> Served:
    """Return the parts of a running deliver, put together."""
    registry = CollectorRegistry()
    metrics = DeliverMetrics(registry=registry)
    ring = Ring(deliver.ring_alerts)
    index = AlertIndex(deliver.index_alerts)

    def on_entry(entry: Entry) -> None:
        index.add_new(entry.facts)
        metrics.alerts_read.inc()
        metrics.alert_age_seconds.observe(max(0.0, time() - as_numbers(entry.id)[0] / 1000))

    tailer = Tailer(ring, settings, on_entry=on_entry, on_skipped=metrics.alerts_skipped.inc)
    streams = Streams(ring, redis, settings, heartbeat_seconds=deliver.heartbeat.total_seconds())
    metrics.streams.set_function(lambda: len(streams.readers))
    tailer.count_streams = lambda: len(streams.readers)
    return Served(
        settings=settings,
        deliver=deliver,
        redis=redis,
        tokens=tokens,
        ring=ring,
        index=index,
        tailer=tailer,
        streams=streams,
        metrics=metrics,
        registry=registry,
        desk=DeskProcess(settings),
        rules=RuleStore(settings, deliver),
        outgoing=Outgoing(EVERYWHERE if deliver.allow_private_targets else ()),
        ways_in=ways_in(redis, settings),
    )


def background(served: Served) -> tuple[Awaitable[None], ...]:
    """Return the tasks that run beside the server."""
    return (
        served.tailer.run(served.redis),
        served.streams.keep_alive(),
        served.streams.hear_canaries(),
        fill_index(served),
        carry(served),
        log_keeper.keep(
            served.redis,
            served.settings,
            served.deliver,
            clock=served.clock,
            on_removed=served.index.forget_before,
            on_length=served.metrics.log_alerts.set,
        ),
    )


async def fill_index(served: Served) -> None:
    """Read the log backwards from where the tailer began, until the index is full or the log ends."""
    await served.tailer.is_following.wait()
    at = served.ring.after
    milliseconds, number = as_numbers(at)
    at = f"{milliseconds}-{number + 1}"
    while not served.index.is_filled:
        try:
            page = await alert_log.entries_before(served.redis, served.settings, at)
        except (RedisError, OSError):
            await asyncio.sleep(1)
            continue
        is_full = False
        for id, data in page:
            at = id
            entry = to_entry(id, data)
            if entry is not None and not served.index.add_old(entry.facts):
                is_full = True
                break
        served.index.is_filled = is_full or len(page) < alert_log.PAGE
        await asyncio.sleep(0)
    served.indexed.set()
    log.info("alerts indexed", extra={"alerts": len(served.index.facts)})


async def _until_one_ends(background: list[asyncio.Task[None]], *waited_for: asyncio.Task[Any]) -> None:
    """Return when one of the tasks ends; raises what a background task failed with: somebody then starts us again."""
    running = {*background, *waited_for}
    while not any(task.done() for task in waited_for):
        done, running = await asyncio.wait(running, return_when=ANY)
        for task in done:
            task.result()


async def _watched(task: Awaitable[None]) -> None:
    """Run a background task; when it fails, say so: a task that died silently is worse than none."""
    try:
        await task
    except Exception:
        log.exception("background task failed")
        raise
