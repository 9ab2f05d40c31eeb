"""Takes out of a virtual environment what running does not need, and says how much that was.

Package metadata (`*.dist-info`) stays, so that an SBOM scanner still names every package and version.
"""

import shutil
import subprocess
import sys
from pathlib import Path

BUILD_TOOLS = ("hatchling", "editables", "setuptools", "wheel", "pip")  # pip last: it removes the others
SOURCES = {".c", ".cc", ".cpp", ".h", ".hpp", ".pyx", ".pxd", ".pyi", ".a"}
# A package's own tests lie in a folder of this name; `testing` folders are part of an API and stay.
TEST_FOLDERS = {"tests", "test"}


def size_bytes(folder: Path) -> int:
    """Return how much the files under `folder` hold."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def uninstall_build_tools(venv: Path) -> None:
    """Remove what built and installed the packages; an image is not changed from within."""
    for tool in BUILD_TOOLS:
        subprocess.run([venv / "bin/python", "-m", "pip", "uninstall", "--quiet", "--yes", tool], check=False)


def remove_sources_and_tests(packages: Path) -> None:
    """Remove the libraries' test suites, C sources, headers and type stubs."""
    for folder in sorted(packages.rglob("*")):
        if folder.is_dir() and folder.name in TEST_FOLDERS and not folder.is_symlink():
            shutil.rmtree(folder)
    for file in packages.rglob("*"):
        if file.is_file() and file.suffix in SOURCES:
            file.unlink()


def strip_libraries(packages: Path) -> None:
    """Remove debugging symbols from compiled modules (four fifths of spaCy's), where `strip` is there."""
    if shutil.which("strip") is None:
        print("slim_venv: no `strip` here; compiled modules keep their debugging symbols")
        return
    # Libraries that auditwheel bundled (*.libs) are stripped already, and some do not survive a second time.
    modules = [file for file in packages.rglob("*.so") if not file.parent.name.endswith(".libs")]
    subprocess.run(["strip", "--strip-unneeded", *modules], check=True)


def main(venv: Path) -> None:
    """Slim `venv` down."""
    (packages,) = (venv / "lib").glob("python3*/site-packages")
    before = size_bytes(venv)
    uninstall_build_tools(venv)
    remove_sources_and_tests(packages)
    strip_libraries(packages)
    print(f"slim_venv: {before / 1e6:.0f} MB → {size_bytes(venv) / 1e6:.0f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
