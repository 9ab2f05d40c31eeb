"""Which story a page has told before: an edited page tells it on, however much of it was written anew.

Only pages that are known to be revisions are bound to their story. A URL alone proves nothing: sites whose template
names one canonical address for all their pages would else have a single story.
"""

import hashlib

from schemas import Article
from services.alert.memory import Record


def story_key(article: Article) -> str | None:
    """Return the key of the record that says which story the article's page tells; None when it has no address."""
    if article.url is None:
        return None
    return "told:" + hashlib.blake2b(article.url.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def story_told(record: Record | None, article: Article) -> str | None:
    """Return the story that another revision of the article's page has told."""
    if record is None or max(record["revision"], article.revision) == 1:
        return None
    return str(record["story"])


def page_record(record: Record | None, article: Article, story: str) -> Record:
    """Return the record with this revision in it."""
    return {"story": story, "revision": max(article.revision, record["revision"] if record else 1)}
