"""Real servers for the tests: each test that needs Redis gets one of its own kind, on a free port, never 6379."""

import os
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from pydantic import SecretStr

from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings

# Each process that a test starts would load 150 MB of models for its first alert; the tests of the models load them.
os.environ.setdefault("TOCSIN_TAG_MODELS", "never")


# The same inputs each time, so that main is red for a change and not by luck; --long looks for new ones.
hypothesis.settings.register_profile("short", derandomize=True, deadline=None)
hypothesis.settings.register_profile("long", max_examples=2_000, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("long" if config.getoption("--long") else "short")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long form of chaos and property tests")


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """One server for all tests that leave it as they found it: running."""
    with EmbeddedServer(tmp_path_factory.mktemp("redis"), fsync="no") as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server of the test's own, to stop, kill and restart."""
    with EmbeddedServer(tmp_path / "redis", fsync="always") as server:
        yield server


@pytest.fixture
def settings(shared_server: EmbeddedServer, request: pytest.FixtureRequest) -> RuntimeSettings:
    """Settings with a stream prefix of the test's own, and little patience."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in request.node.name)[:60]
    prefix = f"test-{name}-{zlib.crc32(request.node.nodeid.encode()):08x}"  # long names differ behind the 60th letter
    return RuntimeSettings(
        redis_url=SecretStr(shared_server.url), stream_prefix=prefix, claim_after="PT0.4S", max_deliveries=3
    )


@pytest.fixture
async def redis(shared_server: EmbeddedServer) -> AsyncIterator[Any]:
    """A client of the shared server."""
    client = connect(shared_server.url)
    yield client
    await client.aclose()
