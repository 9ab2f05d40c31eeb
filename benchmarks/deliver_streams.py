"""A thousand event streams at fifty alerts a second: how late each alert comes, and what it costs.

    python -m benchmarks.deliver_streams [--clients 1000] [--rate 50] [--seconds 20] [--stalled 1] [--resume 100000]
        [--far-back 50]

Deliver runs as a process of its own, as it is served; the clients are another one. Times are from the entry's id in the
log (the server's clock on this machine) to the client's read.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from pydantic import SecretStr

from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from services.deliver.adapters import alert_log
from tests.unit.deliver.build import an_event

REQUEST = "GET /v1/alerts/stream?from={start} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
MARK = b"\nid: "
STAMP = 64  # longer than the line of an id
PROMISES = {"missed": 0, "p99_ms": 500, "memory_mb": 300, "resume_seconds": 5, "far_back_kb_each": 500}


class Client(asyncio.Protocol):
    """Counts alerts and how late they are; parses only what it must, so that it does not slow what it measures."""

    def __init__(self, start: str, latencies: list[float] | None) -> None:
        self.start = start
        self.latencies = latencies
        self.alerts = 0
        self.rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(REQUEST.format(start=self.start).encode())

    def data_received(self, data: bytes) -> None:
        now = time.time()
        text = self.rest + data
        # An id that is split over two reads is counted with the second one.
        cut = text.rfind(b"\n") if len(text) - text.rfind(b"\nid: ") < STAMP else len(text) - 1
        self.rest = text[cut:]
        text = text[:cut]
        self.alerts += text.count(MARK)
        if self.latencies is None:
            return
        for place in {text.find(MARK), text.rfind(MARK)} - {-1}:
            self.latencies.append(now - int(text[place + 5 : place + 21]) / 1000)


def a_payload() -> bytes:
    """An alert as the alert stage writes it, with its sequence."""
    return an_event(1).model_copy(update={"sequence": "0" * 20}).to_json()


async def ring(redis: Any, settings: RuntimeSettings, *, rate: float, seconds: float) -> int:
    """Write alerts at an even pace; returns how many."""
    key, count, started = alert_log.alerts_key(settings), 0, time.monotonic()
    payload = a_payload()
    while (elapsed := time.monotonic() - started) < seconds:
        while count < elapsed * rate:
            await redis.xadd(key, {"d": payload})
            count += 1
        await asyncio.sleep(0.005)
    return count


async def serve(url: str, ring_alerts: int) -> tuple[asyncio.subprocess.Process, int]:
    """Start deliver as a process; returns it and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "TOCSIN_REDIS_URL": url, "TOCSIN_DELIVER_PORT": str(port), "TOCSIN_LOG_LEVEL": "error"}
    environ["TOCSIN_DELIVER_RING_ALERTS"] = str(ring_alerts)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "runtime.process", "deliver", env=environ)
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return process, port
        except OSError:
            await asyncio.sleep(0.05)
    raise SystemExit("deliver did not start")


async def connect_clients(port: int, latencies: list[float], *, reading: int, stalled: int) -> list[Client]:
    """Return clients that read, and after them those that do not."""
    loop = asyncio.get_running_loop()
    clients = []
    for number in range(reading + stalled):
        kept = latencies if number < reading else None
        transport, client = await loop.create_connection(lambda kept=kept: Client("now", kept), "127.0.0.1", port)
        if kept is None:
            transport.pause_reading()
        clients.append(client)
    return clients


async def listen(
    redis: Any, settings: RuntimeSettings, usage: psutil.Process, port: int, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Return how late alerts come to many clients, and what that costs."""
    latencies: list[float] = []
    clients = await connect_clients(port, latencies, reading=arguments.clients, stalled=arguments.stalled)
    await asyncio.sleep(2)
    idle_bytes, before, mine = usage.memory_info().rss, cpu_seconds(usage), time.process_time()
    count = await ring(redis, settings, rate=arguments.rate, seconds=arguments.seconds)
    await asyncio.sleep(1)
    latencies.sort()
    reading = clients[: arguments.clients]
    found = {
        "clients": arguments.clients,
        "alerts": count,
        "frames": sum(client.alerts for client in reading),
        "missed": sum(count - client.alerts for client in reading),
        "p50_ms": round(latencies[len(latencies) // 2] * 1000),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1000),
        "worst_ms": round(latencies[-1] * 1000),
        "deliver_cpu_share": round((cpu_seconds(usage) - before) / arguments.seconds, 2),
        "clients_cpu_share": round((time.process_time() - mine) / arguments.seconds, 2),
        "idle_mb": round(idle_bytes / 1e6),
        "memory_mb": round(usage.memory_info().rss / 1e6),
    }
    for client in clients:
        client.transport.abort()
    return found


def cpu_seconds(process: psutil.Process) -> float:
    """Return the time of the processor that a process has used."""
    used = process.cpu_times()
    return float(used.user + used.system)


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one run."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="no") as server:
        settings = RuntimeSettings(redis_url=SecretStr(server.url))
        redis = connect(server.url)
        process, port = await serve(server.url, 4096)
        usage = psutil.Process(process.pid)
        found = await listen(redis, settings, usage, port, arguments)
        if arguments.resume:
            await fill(redis, settings, arguments.resume)
            await until_idle(usage)  # its own reading of so many alerts is no part of a client's resume
            before = cpu_seconds(usage)
            found |= await resume(redis, settings, port)
            found["resume_cpu_seconds"] = round(cpu_seconds(usage) - before, 2)
        if arguments.resume and arguments.far_back:
            found |= await far_back(usage, port, arguments.far_back)
        started = time.monotonic()
        process.terminate()
        await process.wait()
        found["stop_seconds"] = round(time.monotonic() - started, 2)
        await redis.aclose()
        return found


def judged(found: dict[str, Any]) -> dict[str, str]:
    """Return for every promise of docs/benchmarks.md whether a run kept it."""
    return {
        f"{name} <= {most}": "kept" if found[name] <= most else f"broken: {found[name]}"
        for name, most in PROMISES.items()
        if name in found
    }


async def fill(redis: Any, settings: RuntimeSettings, count: int) -> None:
    """Write alerts until the log has so many."""
    key, payload = alert_log.alerts_key(settings), a_payload()
    while (have := await redis.xlen(key)) < count:
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(min(5000, count - have)):
                pipe.xadd(key, {"d": payload})
            await pipe.execute()


async def until_idle(process: psutil.Process) -> None:
    """Return once a process has nothing more to do."""
    used = -1.0
    while (now := cpu_seconds(process)) - used > 0.02:
        used = now
        await asyncio.sleep(0.5)


async def resume(redis: Any, settings: RuntimeSettings, port: int) -> dict[str, Any]:
    """Return how long one client takes to read the whole log from its beginning."""
    total = await redis.xlen(alert_log.alerts_key(settings))
    started = time.monotonic()
    _, client = await asyncio.get_running_loop().create_connection(lambda: Client("0", None), "127.0.0.1", port)
    async with asyncio.timeout(120):
        while client.alerts < total:  # noqa: ASYNC110  (an event for each alert would slow what is measured)
            await asyncio.sleep(0.02)
    seconds = time.monotonic() - started
    client.transport.abort()
    return {"resumed": client.alerts, "resume_seconds": round(seconds, 2), "alert_bytes": len(a_payload())}


async def far_back(usage: psutil.Process, port: int, count: int) -> dict[str, int]:
    """Return the kilobytes kept for each client that asks for the whole log and reads none of it.

    By deliver, and by the kernel on both sides of the connection; all connections of the machine are counted there.
    """
    await until_idle(usage)
    before, kernel_before = usage.memory_info().rss, kernel_bytes()
    loop, transports = asyncio.get_running_loop(), []
    for _ in range(count):
        transport, _ = await loop.create_connection(lambda: Client("0", None), "127.0.0.1", port)
        transport.pause_reading()
        transports.append(transport)
    await until_idle(usage)
    kept, in_kernel = usage.memory_info().rss - before, kernel_bytes() - kernel_before
    for transport in transports:
        transport.abort()
    return {
        "far_back_kb_each": round(kept / count / 1000),
        "far_back_kernel_kb_each": round(in_kernel / count / 1000),
    }


def kernel_bytes() -> int:
    """Return what the kernel keeps for TCP (Linux)."""
    found = re.search(r"^TCP:.* mem (\d+)", Path("/proc/net/sockstat").read_text(), re.MULTILINE)
    return int(found[1]) * os.sysconf("SC_PAGE_SIZE") if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--stalled", type=int, default=1, help="clients that do not read")
    parser.add_argument("--rate", type=float, default=50, help="alerts a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--resume", type=int, default=100_000, help="alerts in the log that one client then reads")
    parser.add_argument("--far-back", type=int, default=50, help="clients that ask for all of it and do not read")
    found = asyncio.run(measure(parser.parse_args()))
    print(json.dumps({**found, "promises": judged(found)}, indent=1))


if __name__ == "__main__":
    main()
