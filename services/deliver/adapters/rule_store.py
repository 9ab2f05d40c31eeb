"""Rules written into the watch folder by the API: one file each, whole or not at all, and every change on record.

What must stay true: a change is on record before it is made, so that none is ever made that is not.
"""

import asyncio
import contextlib
import errno
import json
import logging
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.settings import RuntimeSettings
from services.deliver.adapters.desk_process import DeskProcess
from services.deliver.problems import Mistake, Problem
from services.deliver.settings import DeliverSettings

log = logging.getLogger("tocsin.deliver")

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")


class RuleStore:
    """The rules folder, as far as the API may write it."""

    def __init__(self, settings: RuntimeSettings, deliver: DeliverSettings) -> None:
        self.folder = settings.watch_dir / "rules" if settings.watch_dir else None
        self.is_writable = deliver.rules_writable and self.folder is not None and self.folder.is_dir()
        self.audit_file = deliver.audit_file
        self._turn = asyncio.Lock()

    async def put(self, desk: DeskProcess, id: str, yaml: str, *, expected: str | None, who: str) -> None:
        """Write a rule; raises Problem when it is wrong, has changed meanwhile, or stands beside others."""
        folder = self._open(id)
        async with self._turn:
            rule = await _find(desk, id)
            _check_version(rule, expected)
            path = _own_file(folder, id, rule)
            checked = await desk.ask("validate", yaml=yaml, other_files=True, replaces=path.name)
            if not checked["valid"]:
                raise Problem(422, "bad-rules", "the rule has mistakes", mistakes=_mistakes(checked))
            if [one["id"] for one in checked["rules"]] != [id]:
                raise Problem(422, "other-rule", f"expected one rule with the id '{id}'")
            record = _record("changed" if rule else "created", id, who, checked["rules"][0]["version"])
            await asyncio.to_thread(self._make, lambda: _write(path, yaml), path, record)

    async def delete(self, desk: DeskProcess, id: str, *, expected: str | None, who: str) -> None:
        """Delete a rule; raises Problem when there is none, or it stands in a file with others."""
        folder = self._open(id)
        async with self._turn:
            rule = await _find(desk, id)
            if rule is None:
                raise Problem(404, "no-such-rule", f"no rule is called '{id[:60]}'")
            _check_version(rule, expected)
            path = _own_file(folder, id, rule)
            await asyncio.to_thread(self._make, path.unlink, path, _record("deleted", id, who, rule["version"]))

    def _open(self, id: str) -> Path:
        if not self.is_writable or self.folder is None:
            raise Problem(
                403,
                "rules-not-writable",
                "rules are read-only here; it takes TOCSIN_DELIVER_RULES_WRITABLE=true and a watch folder with rules/",
            )
        if not _ID.match(id):
            raise Problem(422, "bad-id", "an id has lower-case letters, digits, - and _")
        return self.folder

    def _make(self, change: Callable[[], None], path: Path, record: dict[str, str]) -> None:
        """Make a change of a file that is put on record first; raises Problem when either cannot be done."""
        if self.audit_file is not None:
            try:
                _append(self.audit_file, record)
            except OSError as error:
                raise Problem(503, "audit-not-writable", _cannot_write(self.audit_file, error)) from error
        try:
            change()
        except OSError as error:
            if self.audit_file is not None:
                with contextlib.suppress(OSError):
                    _append(self.audit_file, record | {"what": f"not {record['what']}"})
            raise Problem(503, "rule-not-written", _cannot_write(path, error)) from error
        log.info("rule " + record["what"], extra={name: record[name] for name in ("rule", "by", "version")})


def _record(what: str, rule: str, who: str, version: str) -> dict[str, str]:
    return {"at": datetime.now(UTC).isoformat(), "what": what, "rule": rule, "by": who, "version": version}


def _append(file: Path, record: dict[str, str]) -> None:
    """Add a line to a file, whole and on the disk, or leave the file as it was."""
    line = json.dumps(record).encode() + b"\n"
    with file.open("ab", buffering=0) as opened:
        before = opened.tell()
        try:
            if (written := opened.write(line)) != len(line):
                raise OSError(errno.ENOSPC, f"only {written} of {len(line)} bytes were written")
            os.fsync(opened.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                opened.truncate(before)
            raise


def _cannot_write(path: Path, error: OSError) -> str:
    return f"{path}: expected a file that can be written, found: {error.strerror}; no rule was changed"


async def _find(desk: DeskProcess, id: str) -> dict[str, Any] | None:
    rules = (await desk.ask("rules"))["rules"]
    return next((one for one in rules if one["id"] == id), None)


def _check_version(rule: dict[str, Any] | None, expected: str | None) -> None:
    """Refuse a change of something that is not as the author saw it: two people may write at once."""
    found = rule["version"] if rule else None
    wanted = expected.strip('"') if expected else None
    if wanted is not None and wanted not in (found, "*"):
        raise Problem(412, "changed-meanwhile", "the rule has changed in the meantime; read it again")
    if rule is not None and wanted is None:
        raise Problem(412, "version-needed", "send the rule's version as If-Match, so that nobody's change is lost")


def _own_file(folder: Path, id: str, rule: dict[str, Any] | None) -> Path:
    if rule is None:
        path = folder / f"{id}.yaml"
        if path.exists():
            raise Problem(409, "file-exists", f"the file {path.name} exists and holds another rule")
        return path
    if not rule["is_alone"]:
        raise Problem(409, "file-shared", f"other rules stand in {rule['file']} too; change it there")
    return folder / str(rule["file"])


def _write(path: Path, text: str) -> None:
    """Replace a file whole: who reads it meanwhile sees the old or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def _mistakes(checked: dict[str, Any]) -> tuple[Mistake, ...]:
    return tuple(Mistake(f"line {one['line']}, column {one['column']}", one["message"]) for one in checked["problems"])
