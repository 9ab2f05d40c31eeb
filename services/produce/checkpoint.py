"""Checkpoint: where a source stands; saved only after the pages it speaks of are in the stream."""

from datetime import datetime, timedelta
from typing import Annotated, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from services.produce.entry import Entry

# Entries remembered beyond those the feed still shows: feeds that shuffle or page back bring old ones again.
KEPT_ENTRIES: Final = 200


_PRINT_CHARS: Final = 16  # of a page's print: 64 bits tell two versions of one page apart


class Taken(NamedTuple):
    """What became of an entry: which version of it was read, and what its page was like."""

    version: str  # Entry.version
    revision: int  # of the page; 0: no page was taken
    print: str  # of the page's prose, shortened

    def packed(self) -> str:
        """Return it as one word: there are hundreds of them for each of thousands of feeds."""
        return f"{self.version},{self.revision},{self.print}"


def _packed(taken: object) -> object:
    if isinstance(taken, dict):  # as it was written before
        revision = int(taken.get("revision") or 0)
        return Taken(str(taken.get("version")), revision, str(taken.get("print") or "")[:_PRINT_CHARS]).packed()
    return taken


class Checkpoint(BaseModel):
    """A source's position and rhythm, as JSON in Redis. Each kind of source uses the fields it needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    etag: str | None = None
    last_modified: str | None = None
    body_print: str | None = None  # of the feed: servers without ETag send the same bytes again
    parts: dict[str, tuple[str | None, str | None]] = Field(default_factory=dict)  # ETag, Last-Modified of an index's
    # Taken.packed() by Entry.digest, oldest first
    entries: dict[str, Annotated[str, BeforeValidator(_packed)]] = Field(default_factory=dict)
    tries: dict[str, int] = Field(default_factory=dict)  # failed fetches of entries that are not settled yet
    position: str | None = None  # of files and streams: their own notation
    next_at: AwareDatetime | None = None
    interval_seconds: float | None = None
    failures: int = 0  # in a row
    failed_because: str | None = None
    last_ok_at: AwareDatetime | None = None
    last_new_at: AwareDatetime | None = None

    def is_settled(self, entry: Entry) -> bool:
        """Return whether this version of the entry has been dealt with."""
        taken = self.taken(entry)
        return taken is not None and taken.version == entry.version

    def taken(self, entry: Entry) -> Taken | None:
        """Return what became of the entry; None when it was never dealt with."""
        packed = self.entries.get(entry.digest)
        if packed is None:
            return None
        version, revision, page_print = packed.split(",")
        return Taken(version, int(revision), page_print)

    def revision_of(self, entry: Entry, page_print: str) -> int:
        """Return the revision of the entry's page: 1 for a new one, one more when its prose is not what it was."""
        taken = self.taken(entry)
        if taken is None or taken.revision == 0:
            return 1
        return taken.revision + (taken.print != page_print[:_PRINT_CHARS])

    def settled(self, entry: Entry, *, revision: int = 0, page_print: str = "") -> "Checkpoint":
        """Return the checkpoint with the entry dealt with, for good or ill."""
        before = self.taken(entry)
        if revision == 0 and before is not None:  # what is known of its page stays known
            revision, page_print = before.revision, before.print
        entries = {digest: taken for digest, taken in self.entries.items() if digest != entry.digest}
        entries[entry.digest] = Taken(entry.version, revision, page_print[:_PRINT_CHARS]).packed()
        tries = {digest: count for digest, count in self.tries.items() if digest != entry.digest}
        return self.model_copy(update={"entries": entries, "tries": tries})

    def tried(self, entry: Entry) -> "Checkpoint":
        """Return the checkpoint with one more failed fetch of the entry."""
        return self.model_copy(update={"tries": {**self.tries, entry.digest: self.tries.get(entry.digest, 0) + 1}})

    def keeping(self, shown: set[str], *, others: int = KEPT_ENTRIES) -> "Checkpoint":
        """Return the checkpoint with memory of the entries still shown and of the newest others."""
        unseen = [digest for digest in self.entries if digest not in shown]
        forgotten = set(unseen[:-others])
        return self.model_copy(
            update={
                "entries": {digest: taken for digest, taken in self.entries.items() if digest not in forgotten},
                "tries": {digest: count for digest, count in self.tries.items() if digest in shown},
            }
        )

    def read_ok(self, now: datetime, *, has_new: bool) -> "Checkpoint":
        """Return the checkpoint after a reading that went well."""
        new = {"last_new_at": now} if has_new else {}
        return self.model_copy(update={"failures": 0, "failed_because": None, "last_ok_at": now, **new})

    def read_failed(self, reason: str) -> "Checkpoint":
        """Return the checkpoint after a reading that failed."""
        return self.model_copy(update={"failures": self.failures + 1, "failed_because": reason})

    def due(self, at: datetime, interval: timedelta) -> "Checkpoint":
        """Return the checkpoint with the time of the next reading."""
        return self.model_copy(update={"next_at": at, "interval_seconds": interval.total_seconds()})
