"""Throws made-up requests at the API, by its own contract: no 5xx, and no answer that the contract does not know.

python -m benchmarks.deliver_fuzz [--examples 15] [--tool PATH]    # `make verify-contracts` brings schemathesis
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from runtime.redis_client import connect
from runtime.server import EmbeddedServer
from runtime.settings import RuntimeSettings
from tests.acceptance.a_newsroom import a_week
from tests.stages.a_deliver import a_deliver

CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"


async def fuzz(examples: int, tool: str) -> int:
    """Return the exit code of schemathesis against a deliver with a week of alerts."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder), fsync="no") as server:
        settings = RuntimeSettings(redis_url=SecretStr(server.url))
        redis = connect(server.url)
        await a_week(redis, settings)
        await redis.aclose()
        async with a_deliver(settings, requests_burst=1_000_000) as running:
            process = await asyncio.create_subprocess_exec(
                *(tool, "run", f"{running.url}/v1/openapi.json"),
                *("--max-examples", str(examples), "--request-timeout", "60", "--checks", CHECKS),
                *("--exclude-path", "/v1/alerts/stream"),  # it never ends
                cwd=folder,
            )
            return await process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=15, help="requests made up for each operation and phase")
    parser.add_argument("--tool", default=str(Path(sys.executable).parent / "schemathesis"))
    arguments = parser.parse_args()
    sys.exit(asyncio.run(fuzz(arguments.examples, arguments.tool)))


if __name__ == "__main__":
    main()
