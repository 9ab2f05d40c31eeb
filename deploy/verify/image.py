"""The image made for one kind of machine, and containers of it as docker-compose.yml starts a stage."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.verify.lab import ROOT, sh

# As docker-compose.yml starts a stage, but without any network: nothing is downloaded when it runs.
AS_COMPOSE = (
    *("--init", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    "--tmpfs=/tmp:size=160m,mode=1777",
)
SERVER_URL = "redis://127.0.0.1:6379/0"
SERVER = """import pathlib, signal
from runtime.server import EmbeddedServer
with EmbeddedServer(pathlib.Path("/data"), port=6379):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.sigwait({signal.SIGTERM})
"""
# Under QEMU, Valkey's start-up check sees a fault of kernels on arm64 that this machine's kernel has not; on a kernel
# that has it the server must go on refusing to start, so its program is told to pass over it here and nowhere else.
UNDER_QEMU = """FROM {tag}
USER root
RUN server=$(python -c 'from runtime.server import binary; print(binary())') && mv "$server" "$server.real" \\
 && printf '#!/bin/sh\\nexec "%s.real" "$@" --ignore-warnings ARM64-COW-BUG\\n' "$server" > "$server" \\
 && chmod 755 "$server"
USER {user}
"""


@dataclass(frozen=True)
class Image:
    """The image made for one kind of machine."""

    machine: str  # as Python and uname call it
    platform: str  # as Docker calls it
    standin: str  # for the base image, where no registry is reached
    is_emulated: bool = False

    @property
    def tag(self) -> str:
        """Its name in the engine."""
        return f"tocsin-verify:{self.machine}"

    @property
    def data(self) -> Path:
        """The folder that its containers have as /data."""
        return Path(os.environ["LAB"]) / "data-of" / self.machine

    def build(self) -> None:
        """Build deploy/Dockerfile as it stands."""
        base = ["--build-arg", f"PYTHON_IMAGE={self.standin}"] if os.environ.get("VERIFY_STANDINS") else []
        file = str(ROOT / "deploy/Dockerfile")
        sh("docker", "build", "-q", "--platform", self.platform, *base, "-t", self.tag, "-f", file, str(ROOT),
           timeout=1800)  # fmt: skip
        if self.is_emulated:
            self._let_its_server_start()
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.data.chmod(0o777)  # the containers' user has no name here

    def _let_its_server_start(self) -> None:
        user = sh("docker", "image", "inspect", "-f", "{{.Config.User}}", self.tag)
        layer = UNDER_QEMU.format(tag=self.tag, user=user)
        sh("docker", "build", "-q", "--platform", self.platform, "-t", self.tag, "-", stdin=layer)

    def command(self, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
        """Return the command that runs something in a container."""
        given = (*AS_COMPOSE, "--platform", self.platform, "-v", f"{self.data}:/data", *options)
        return ["docker", "run", *given, self.tag, *arguments]

    def run(self, *arguments: str, options: tuple[str, ...] = (), timeout: float = 300) -> str:
        """Return what a command prints that is run in a container of its own, which has no network."""
        return sh(*self.command(*arguments, options=("--rm", "--network=none", *options)), timeout=timeout)

    @contextlib.contextmanager
    def container(self, name: str, *arguments: str, options: tuple[str, ...] = ()) -> Iterator[str]:
        """Start a container in the background, which is removed at the end; yields its name."""
        name = f"tocsin-verify-{self.machine}-{name}"
        sh("docker", "rm", "-f", name, check=False)
        sh(*self.command(*arguments, options=("-d", "--name", name, *options)))
        try:
            yield name
        finally:
            sh("docker", "rm", "-f", name, check=False)

    def server(self) -> contextlib.AbstractContextManager[str]:
        """Start the embedded server on /data, as a container without a network."""
        options = ("--network=none", "-e", f"TOCSIN_REDIS_URL={SERVER_URL}")
        return self.container("server", "python", "-c", SERVER, options=options)
