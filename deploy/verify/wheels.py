"""Shows that everything in requirements.lock is there as a wheel, with the locked hash, for other machines than this.

`make verify-wheels` asks the package index for Linux on arm64 and amd64 and each supported Python; it downloads nothing
that it keeps. That the wheels also *run* on arm64 it does not show.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
# What Debian 12, the base of the image, can load: glibc 2.36.
PLATFORMS = {
    machine: [f"manylinux_2_{minor}_{machine}" for minor in (17, 24, 27, 28, 34)] + [f"manylinux2014_{machine}"]
    for machine in ("aarch64", "x86_64")
}
ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+==[^\s;]+)(?: ; ([^\\\n]+))?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)", re.MULTILINE
)


def requirements_for(lock: str, *, python: str, machine: str) -> str:
    """Return the lock as it stands for another Python on another machine, without its conditions."""
    target = {
        "python_version": python, "python_full_version": f"{python}.16", "platform_machine": machine,
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }  # fmt: skip
    found = [
        (pin, hashes) for pin, marker, hashes in ENTRY.findall(lock) if not marker or Marker(marker).evaluate(target)
    ]
    return "".join(f"{pin}{hashes}\n" for pin, hashes in found)


def wheels(requirements: str, *, python: str, machine: str) -> list[str]:
    """Return the file names that pip would install; raises CalledProcessError when one has no wheel that fits."""
    with tempfile.TemporaryDirectory() as folder:
        file, report = Path(folder, "requirements.txt"), Path(folder, "report.json")
        file.write_text(requirements, encoding="utf-8")
        platforms = [f"--platform={platform}" for platform in PLATFORMS[machine]]
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "--dry-run",
             "--no-deps", "--ignore-installed", "--target", folder, "--only-binary=:all:", "--require-hashes",
             "--implementation=cp", f"--python-version={python}", *platforms, "--report", report, "-r", file],
            check=True,
        )  # fmt: skip
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [one["download_info"]["url"].rsplit("/", 1)[1] for one in installed]


def main() -> int:
    """Print one line for each machine and Python; returns 0 when every wheel is there."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    missing = 0
    for machine in PLATFORMS:
        for python in PYTHONS:
            requirements = requirements_for(lock, python=python, machine=machine)
            try:
                names = wheels(requirements, python=python, machine=machine)
            except subprocess.CalledProcessError:
                print(f"linux {machine}, Python {python}: something has no wheel that fits")
                missing += 1
                continue
            native = sum(machine in name for name in names)
            print(f"linux {machine}, Python {python}: {len(names)} wheels, {native} of them made for it", flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
