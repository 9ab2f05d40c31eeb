"""Writes the contracts into `schemas/generated`: `python -m services.deliver.adapters.contracts [--check]`."""

import json
import sys
from pathlib import Path
from typing import Any

from runtime.settings import RuntimeSettings
from services.deliver.access import Tokens
from services.deliver.adapters.http.api import build_api
from services.deliver.adapters.server import assemble
from services.deliver.contracts import MESSAGES, asyncapi, json_schema
from services.deliver.settings import DeliverSettings

FOLDER = Path(__file__).parents[3] / "schemas" / "generated"


def documents() -> dict[str, dict[str, Any]]:
    """Return every document by the name of its file."""
    served = assemble(None, RuntimeSettings(), DeliverSettings(), Tokens({}))
    found = {f"{name}.v1.json": json_schema(name) for name in MESSAGES}
    return {**found, "asyncapi.json": asyncapi(), "openapi.json": build_api(served).openapi()}


def as_text(document: dict[str, Any]) -> str:
    """Return a document as it stands in its file."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the documents, or with --check say which are out of date; returns the exit code."""
    FOLDER.mkdir(exist_ok=True)
    old = []
    for name, document in documents().items():
        path, text = FOLDER / name, as_text(document)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    word = "out of date" if "--check" in arguments else "written"
    sys.stdout.write(f"{word}: {', '.join(old)}\n" if old else "all contracts are up to date\n")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
