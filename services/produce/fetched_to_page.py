"""What a fetch brought → a page, its identity, and the print that tells an edit from a new advertisement."""

from dataclasses import dataclass
from datetime import datetime

from schemas import FoundDate, Page, Source
from services.produce.bytes_to_page import bytes_to_page, page_id
from services.produce.html_facts import html_facts, text_print
from services.produce.url_identity import readable_url, url_identity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that was fetched and not pushed yet."""

    page: Page
    prose_print: str  # equal for the same article around which the page changed
    identity: str  # of the page's URL and prose: what is pushed once

    def as_revision(self, revision: int) -> "Candidate":
        """Return the candidate as the n-th revision of its page."""
        return Candidate(self.page.model_copy(update={"revision": revision}), self.prose_print, self.identity)


def fetched_to_page(
    raw: bytes,
    *,
    url: str,
    content_type: str | None,
    source: Source,
    fetched_at: datetime,
    title: str | None = None,
    published: FoundDate | None = None,
    updated: FoundDate | None = None,
) -> Candidate:
    """Return the page at the address it gives itself, when that is of its own site; raises what bytes_to_page does."""
    page = bytes_to_page(raw, content_type=content_type, source=source, fetched_at=fetched_at, pushed_at=fetched_at)
    address = readable_url(url)
    if page.content_type == "text/html":
        facts = html_facts(raw, url=url, charset=page.charset)
        prose_print, address = facts.prose_print, facts.canonical_url or address
    else:
        prose_print = text_print(raw)
    known = {"id": page_id(address, raw), "url": address, "title": title, "published": published, "updated": updated}
    return Candidate(page.model_copy(update=known), prose_print, f"{url_identity(address)}\0{prose_print}")
