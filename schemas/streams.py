"""Stream names in pipeline order; the only file that spells one.

Every key of one partition carries the same hash tag, so that one script can touch them all on Redis Cluster.
"""

import binascii
import hashlib
import itertools
from collections.abc import Sequence

PAGES = "pages"
ARTICLES = "articles"
TAGGED = "tagged"
ALERTS = "alerts"
ARCHIVE = "archive"  # tagged articles kept for backtests; trimmed by age and size
DEAD = "dead"  # one per stage: dead:clean, dead:tag, dead:alert

CANDIDATES = "candidates"  # with several partitions: articles for which a rule holds, on their way to be decided
SETTLING = "settling"  # with TOCSIN_SETTLE: where they wait before, to be brought into the order of events

STAGES = ("clean", "tag", "alert")
DECIDE = "decide"  # the second half of alert, in the first partition; with several partitions, or TOCSIN_SETTLE
READS = {"clean": PAGES, "tag": ARTICLES, "alert": TAGGED, DECIDE: CANDIDATES}
WRITES = {"produce": PAGES, "clean": ARTICLES, "tag": TAGGED, "alert": ALERTS, DECIDE: ALERTS}


SLOTS = 16384  # of Redis Cluster


HOME = "p0"  # first partition of every installation, whatever the number: what is not a page's lies there


def partition_tags(count: int) -> tuple[str, ...]:
    """Return the hash tags of `count` partitions, home first, one in each equal share of Redis Cluster's slots.

    Masters own ranges of slots, so partitions spread evenly over any number of masters. Plain p0, p1 … do not: six of
    them can leave a master without any. Home is the same for any count: alerts, positions and what the alerter
    remembers stay where they are when the number of partitions changes.
    """
    home = slot(HOME) * count // SLOTS
    return (HOME, *(_tag_in_share(number, count) for number in range(count) if number != home))


def _tag_in_share(number: int, count: int) -> str:
    candidates = (f"p{number}.{suffix}" for suffix in itertools.count())
    return next(tag for tag in candidates if slot(tag) * count // SLOTS == number)


def slot(tag: str) -> int:
    """Return the slot of a hash tag: CRC-16/XMODEM modulo 16384, as Redis Cluster computes it."""
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


def partition_of(identity: str, tags: Sequence[str]) -> str:
    """Return the partition that owns `identity`: always the same one for the same tags, on every machine."""
    digest = hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return tags[int.from_bytes(digest, "big") % len(tags)]


def key(prefix: str, partition: str, *names: str) -> str:
    """Return the Redis key of `names` in a partition: `tocsin:{p0}:pages`."""
    return ":".join((prefix, "{" + partition + "}", *names))
