"""Stream names in pipeline order; the only file that spells one.

Every key of one partition carries the same hash tag, so that one script can touch them all on Redis Cluster.
"""

PAGES = "pages"
ARTICLES = "articles"
TAGGED = "tagged"
ALERTS = "alerts"
ARCHIVE = "archive"  # tagged articles kept for backtests; trimmed by age and size
DEAD = "dead"  # one per stage: dead:clean, dead:tag, dead:alert

STAGES = ("clean", "tag", "alert")
READS = {"clean": PAGES, "tag": ARTICLES, "alert": TAGGED}
WRITES = {"produce": PAGES, "clean": ARTICLES, "tag": TAGGED, "alert": ALERTS}


def key(prefix: str, partition: str, *names: str) -> str:
    """Return the Redis key of `names` in a partition: `tocsin:{p0}:pages`."""
    return ":".join((prefix, "{" + partition + "}", *names))
