"""HTML → body: trafilatura's choice of blocks, without the teasers and pitches it leaves in."""

import trafilatura
from lxml import etree

from services.clean.block import Block
from services.clean.blocks_to_body import Verdict
from services.clean.limits import CleanLimits
from services.clean.phrases import PITCH
from services.clean.text_to_blocks import text_to_blocks


def parse(text: str, limits: CleanLimits) -> etree._Element | None:
    """Return the page's tree, or None when it holds no element at all."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, recover=True)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.LxmlError:
        return None


def html_to_body(text: str, limits: CleanLimits) -> tuple[list[Block], list[Verdict]]:
    """Return the blocks that may be the body, and one verdict for each."""
    body = trafilatura.extract(text, include_comments=False) or ""
    blocks = text_to_blocks(body.replace("\n", "\n\n"), limits)
    verdicts = []
    for item in blocks:
        if item.size <= 25 and (item.flags & 1 or item.teases):
            verdicts.append(Verdict(False, "teaser of another article"))
        elif item.flags & PITCH and item.size <= 20:
            verdicts.append(Verdict(False, "asks the reader for something"))
        else:
            verdicts.append(Verdict(True, "paragraph"))
    return blocks, verdicts
