"""The image on arm64, beside the same image on this amd64 machine: `make verify-arm64`.

Run by deploy/verify/run.sh --arm64. Both are built from the same deploy/Dockerfile. The programs of the arm64 one run
through QEMU on this machine's kernel: that shows that what is in the image is whole, loads and decides alike, and
neither how fast it is on real hardware, nor anything about another kernel or its page size.
"""

import contextlib
import json
import re
import sys
import tomllib
from collections.abc import Callable
from typing import Any

from deploy.verify.checks import Report
from deploy.verify.image import SERVER_URL, Image
from deploy.verify.lab import OURS, ROOT, inspect, sh, until
from deploy.verify.mutations import PACKAGES
from deploy.verify.standing import assert_hardened

# Prints how many compiled files there are for each kind of machine, by the number in their ELF header.
COMPILED = """import collections, json, pathlib
found = collections.Counter()
for file in pathlib.Path("/opt/venv").rglob("*"):
    if file.is_file() and not file.is_symlink():
        with file.open("rb") as opened:
            head = opened.read(20)
        if head[:4] == b"\\x7fELF":
            found[int.from_bytes(head[18:20], "little")] += 1
print(json.dumps(found))
"""
# Imports every compiled module; prints how many there are and what those say that do not load.
LOADS = """import importlib, importlib.machinery, json, pathlib, sysconfig
root, suffixes = pathlib.Path(sysconfig.get_path("platlib")), tuple(importlib.machinery.EXTENSION_SUFFIXES)
count, failed = 0, {}
for file in sorted(root.rglob("*.so")):
    if not file.name.endswith(suffixes) or ".libs" in str(file):
        continue
    count += 1
    name = ".".join((*file.relative_to(root).parent.parts, file.name.partition(".")[0]))
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = repr(error)[:300]
print(json.dumps({"count": count, "failed": failed}))
"""
ELF_MACHINE = {"aarch64": "183", "x86_64": "62"}
ALERT_ID = re.compile(r"\bal_[0-9a-f]{24}\b")

ARM64 = Image("aarch64", "linux/arm64", "standin/python:arm64", is_emulated=True)
AMD64 = Image("x86_64", "linux/amd64", "standin/python")


def is_of(image: Image, machine: str) -> None:
    """Fail unless the interpreter and every compiled file in /opt/venv are made for the machine."""
    said = image.run("python", "-c", "import platform; print(platform.machine())")
    assert said == machine, f"the interpreter runs on {said}, not {machine}"
    found = json.loads(image.run("python", "-c", COMPILED))
    assert found.keys() == {ELF_MACHINE[machine]}, f"compiled files by kind of machine, not {machine}: {found}"
    print(f"           {said}, {found[ELF_MACHINE[machine]]} compiled files")


def ring(image: Image, *pages: str, data: str = "/data") -> set[str]:
    """Return the ids of the alerts that `tocsin run --once` prints, with the embedded server, in one container."""
    said = image.run("tocsin", "run", "--once", "--data-dir", data, *pages, timeout=600)
    assert "restart" not in said, said
    print(f"           {image.machine}: {said.splitlines()[-1]}")
    return set(ALERT_ID.findall(said))


def are_alike(arm64: object, amd64: object) -> None:
    """Fail unless both machines came to the same."""
    assert arm64, "nothing to compare"
    assert arm64 == amd64, f"arm64 and amd64 differ:\n{arm64}\n{amd64}"


def alert_log(image: Image) -> list[Any]:
    """Return the alerts in the data of the last run, read by the image's own server and CLI; without moments."""
    with image.server() as server:
        said = until(lambda: sh("docker", "exec", server, "tocsin", "tail", "--json", "--no-follow"), "a log is read")
    return sorted((timeless(json.loads(line)) for line in said.splitlines()), key=lambda event: event["id"])


def timeless(told: Any) -> Any:
    """Return an event without the moments at which this run fetched, pushed and decided."""
    if isinstance(told, dict):
        return {key: timeless(value) for key, value in told.items() if key != "time" and not key.endswith("_at")}
    return [timeless(one) for one in told] if isinstance(told, list) else told


def is_made_for_arm64() -> None:
    """The interpreter and every compiled file in /opt/venv."""
    is_of(ARM64, "aarch64")


def every_compiled_module_loads() -> None:
    """Also after what the build takes out of them (slim_venv.py)."""
    said = json.loads(ARM64.run("python", "-c", LOADS, timeout=900))
    assert said["count"] > 100, said
    assert not said["failed"], said["failed"]
    print(f"           {said['count']} compiled modules")


def tells_its_version() -> None:
    """`tocsin --version` is the version of pyproject.toml."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    said = ARM64.run("tocsin", "--version")
    assert said == f"tocsin {version}", said


def seeds_ring_as_on_amd64() -> None:
    """`tocsin run --once`, with the embedded server and the trained models, without a network: the same alert ids."""
    are_alike(ring(ARM64), ring(AMD64))


def alerts_are_those_of_amd64() -> None:
    """The embedded server has kept the log, and every alert is the same to the last offset; only moments differ."""
    told = alert_log(ARM64)
    are_alike(told, alert_log(AMD64))
    print(f"           {len(told)} alerts, {sum(len(event['data']['evidence']) for event in told)} sentences quoted")


def every_role_is_healthy_and_hardened() -> None:
    """Six containers, by the image's own health check; not root, no capability, a read-only root; SIGTERM ends in 0."""
    with ARM64.server() as server, contextlib.ExitStack() as stack:
        containers = []
        for number, role in enumerate(OURS):
            options = (f"--network=container:{server}", "-e", f"TOCSIN_REDIS_URL={SERVER_URL}",
                       "-e", f"TOCSIN_PROBE_PORT={9400 + number}")  # fmt: skip
            started = ARM64.container(role, "python", "-m", "runtime.process", role, options=options)
            containers.append(stack.enter_context(started))
        until(lambda: _health(containers) == ["healthy"] * len(OURS), "every role is healthy", seconds=300)
        for role, container in zip(OURS, containers, strict=True):
            assert_hardened(container, role)
        unasked = ("docker", "exec", containers[0], "python", "-m", "runtime.health", "--port", "9")
        assert "no answer on port 9" in sh(*unasked, check=False), "the health check is content with anything"
        sh("docker", "stop", "--time", "60", *containers)
        codes = [inspect(container, "{{.State.ExitCode}}") for container in containers]
        assert codes == ["0"] * len(OURS), dict(zip(OURS, codes, strict=True))


def _health(containers: list[str]) -> list[str]:
    return [inspect(container, "{{.State.Health.Status}}") for container in containers]


def the_amd64_image_would_fail() -> None:
    """The same checks notice an image of amd64, and alerts of one page instead of two."""
    _notices(lambda: is_of(AMD64, "aarch64"), "the interpreter runs on x86_64")
    ids = {event["data"]["id"] for event in alert_log(AMD64)}
    less = ring(AMD64, f"{PACKAGES}/seeds/000_358a4b9e5b634885.txt", data="/tmp/one")
    _notices(lambda: are_alike(ids, less), "arm64 and amd64 differ")


def _notices(check: Callable[[], None], says: str) -> None:
    """Fail unless a check fails with these words; one that fails for another reason has noticed nothing."""
    try:
        check()
    except AssertionError as error:
        assert says in str(error), error
    else:
        raise AssertionError(f"nothing was noticed; expected: {says}")


CHECKS: tuple[Callable[[], None], ...] = (
    is_made_for_arm64,
    every_compiled_module_loads,
    tells_its_version,
    seeds_ring_as_on_amd64,
    alerts_are_those_of_amd64,
    every_role_is_healthy_and_hardened,
    the_amd64_image_would_fail,
)


def verify() -> int:
    """Build the image for both kinds of machine and run the checks; 0 when all passed."""
    report = Report()
    print("engine", sh("docker", "version", "--format", "{{.Server.Version}}"), flush=True)
    if all([report.run(f"the image builds for {image.platform}", image.build) for image in (ARM64, AMD64)]):
        for check in CHECKS:
            doc = (check.__doc__ or "").split("\n")[0]
            report.run(f"{check.__name__.replace('_', ' ')}: {doc}", check)
    return report.end()


if __name__ == "__main__":
    sys.exit(verify())
