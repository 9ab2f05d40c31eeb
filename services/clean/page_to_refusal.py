"""Page → refusal: why a page whose body is weak or scattered has no article, from what stands on it.

Only a page that shows next to no running text is asked: an article about paywalls is an article.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import compress
from urllib.parse import urlsplit

from runtime.errors import TocsinError
from services.clean.block import Block
from services.clean.refusals import CookieWall, ErrorPage, Gallery, ListingPage, NoArticle, Paywall, RobotWall, TooShort

_ERROR = re.compile(
    r"\b404\b|page (?:was |is |could )?not (?:be )?found|page (?:non trouvée|introuvable)|"
    r"seite (?:wurde )?nicht gefunden|página no encontrada|página não encontrada|pagina non trovata|doesn.t exist|"
    r"no longer available|access denied|\b403 forbidden|\b50[0234] |internal server error|service unavailable|"
    r"bad gateway",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"(?:enable|activate|requires?) javascript|javascript (?:is )?(?:disabled|required)|are you a robot|not a robot|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|checking your browser|captcha|unusual traffic|just a moment",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"cookies?\b.{0,80}\b(?:accept|consent|agree|settings)|(?:accept|consent|agree)\b.{0,80}\bcookies?|"
    r"cookies? (?:akzeptieren|zustimmen)|einwilligung|accepter.{0,40}cookies|aceptar.{0,40}cookies|"
    r"we (?:and our partners )?use cookies",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscri(?:be|ption)\b.{0,60}\b(?:continue|read|access|unlock|full)|(?:continue|unlock|keep) reading|"
    r"for subscribers only|"
    r"(?:exclusive(?:ly)? (?:for|to)|only (?:for|available to)|reserved for) (?:our )?(?:subscribers|members)|"
    r"réservé(?:e)? (?:à nos|aux) abonnés|abonnez-vous pour|nur für abonnenten|jetzt weiterlesen|weiterlesen mit|"
    r"solo para suscriptores|exclusivo para (?:suscriptores|assinantes)|already a subscriber",
    re.IGNORECASE,
)
_GALLERY = re.compile(
    r"galler(?:y|ies)|slideshow|diaporama|fotostrecke|bildergalerie|in pictures|galería|photo essay", re.I
)
_LISTING_PATH = re.compile(
    r"^/*(?:index\.\w+)?$|/(?:tags?|category|categories|authors?|search|topics?|archives?|page)/[^/]{1,40}/?$",
    re.IGNORECASE,
)
_WEAK_WORDS = 120  # a body with more words is an article, whatever else the page says
_STUB_WORDS = 60  # a teaser in front of a paywall has fewer
_HEADLINES = 12  # links and headlines of a page that lists articles
_GAP_BLOCKS = 3  # kept blocks further apart belong to different things
_SCATTERED = 0.6  # share of a weak body in its longest stretch, below which it is gathered from teasers
_LONE = 0.7  # share of kept blocks without a kept one near, above which a section's page is a list of blurbs


@dataclass(frozen=True, slots=True)
class Weakness:
    """What a page with a weak body shows: its words, its text in short, its title, its address, its headlines."""

    words: int
    text: str
    title: str
    path: str
    headlines: int
    longest: float
    lone: float


def _longest_share(blocks: list[Block], kept: list[bool]) -> float:
    """Return the share of the kept words that lie in the longest stretch of kept blocks."""
    best = total = run = 0
    last = -_GAP_BLOCKS - 1
    for at, item in enumerate(blocks):
        if kept[at]:
            run = run + item.size if at - last <= _GAP_BLOCKS else item.size
            total, last, best = total + item.size, at, max(best, run)
    return best / total if total else 0.0


def _lone_share(kept: list[bool]) -> float:
    """Return the share of kept blocks that have no other within two places."""
    places = [at for at, is_kept in enumerate(kept) if is_kept]
    lone = sum(not any(kept[max(0, at - 2) : at] + kept[at + 1 : at + 3]) for at in places)
    return lone / len(places) if places else 0.0


def _weakness(blocks: list[Block], kept: list[bool], title: str, url: str | None) -> Weakness:
    try:
        path = urlsplit(url or "x:/none").path
    except ValueError:
        path = "none"
    headlines = [item for item in blocks if 4 <= item.size <= 20 and item.ends == 0]
    return Weakness(
        words=sum(item.size for item, is_kept in zip(blocks, kept, strict=True) if is_kept),
        text=" \n".join(item.text[:300] for item in blocks[:300]),
        title=title,
        path=path,
        headlines=len(headlines),
        longest=_longest_share(blocks, kept),
        lone=_lone_share(kept),
    )


def _is_error(page: Weakness) -> bool:
    said = _ERROR.search(page.title) or (page.words < _STUB_WORDS and _ERROR.search(page.text[:2000]))
    return page.words < _WEAK_WORDS and bool(said)


def _is_listing(page: Weakness) -> bool:
    if page.headlines < _HEADLINES:
        return False
    if page.words < _WEAK_WORDS:
        return page.longest < _SCATTERED
    return bool(_LISTING_PATH.search(page.path)) and page.lone > _LONE


def _says(pattern: re.Pattern[str]) -> Callable[[Weakness], bool]:
    """Return the test whether a page that shows at most a stub says what `pattern` finds."""
    return lambda page: page.words < _STUB_WORDS and bool(pattern.search(page.text))


def _is_gallery(page: Weakness) -> bool:
    return page.words < _STUB_WORDS and bool(_GALLERY.search(f"{page.title} {page.path} {page.text[:200]}"))


# asked in this order; the first that holds is the reason
_REASONS: tuple[tuple[type[TocsinError], str, Callable[[Weakness], bool]], ...] = (
    (ErrorPage, "its title or text is an error message", _is_error),
    (RobotWall, "it asks for a browser or a person", _says(_ROBOT)),
    (Gallery, "its title or address says that it shows pictures", _is_gallery),
    (Paywall, "it asks for a subscription", _says(_PAYWALL)),
    (CookieWall, "it asks for consent", _says(_COOKIE)),
    (ListingPage, "it lists headlines", _is_listing),
)


def refusal_of(
    blocks: list[Block], kept: list[bool], title: str, url: str | None, least_words: int
) -> TocsinError | None:
    """Return why the page has no article, or None when its body stands for itself."""
    words = sum([item.size for item in compress(blocks, kept)])
    if words >= _WEAK_WORDS and _lone_share(kept) <= _LONE:
        return None
    page = _weakness(blocks, kept, title, url)
    for refusal, because, holds in _REASONS:
        if holds(page):
            return refusal(f"{because}; {words} words read like an article, {page.headlines} lines like headlines")
    if not words:
        return NoArticle(f"none of its {len(blocks)} blocks reads like an article")
    if words < least_words:
        return TooShort(f"{words} words read like an article; at least {least_words} are expected")
    return None
