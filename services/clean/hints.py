"""Hints: what the class and id names of HTML elements say about their content.

Names are cut into words ("relatedArticles__list" → related, articles, list) and every word is looked up once in a
table of kinds. The words are those that templates all over the world use; no name belongs to one site.
"""

import re
from functools import lru_cache

_KINDS: dict[str, str] = {
    "body": "article articles articlebody story storybody content contents body bodycopy post entry text "
    "paragraph para "
    "prose richtext artikel beitrag inhalt corps texte contenu cuerpo nota noticia conteudo materia copy maincontent "
    "postcontent entrycontent articletext newstext bodytext storytext single",
    "main": "main center primary column col core wrapper page",
    "lead": "lead lede intro standfirst dek deck summary excerpt subtitle subhead subheadline description chapo "
    "teaser "
    "vorspann sapo abstract kicker bajada copete strapline",
    "title": "title headline heading header hed titre titulo titel",
    "related": "related relateds recommended recommend recommendation recommendations recirc recirculation "
    "readmore more "
    "also next prev previous popular trending mostread mostpopular most latest similar upnext outbrain taboola promo "
    "promos promobox teaser teasers inline inlinepromo insert siblings linkout explore topstories relacionadas "
    "relacionados verwandt suggested discover related-posts jnews nextprev pager pagination carousel slider river "
    "feed "
    "card cards list listing tiles tile grid thumb thumbs crosslink linkbox onward",
    "share": "share sharing shares social socials facebook twitter whatsapp tweet follow sharebar sharedaddy "
    "addtoany "
    "bookmark print reactions reaction like likes rating vote votes",
    "comment": "comment comments disqus respond reply replies discussion forum livefyre community forums "
    "kommentare kommentar commentaire commentaires comentarios leserkommentar leserbrief",
    "menu": "nav navbar navigation menu menus breadcrumb breadcrumbs crumb crumbs topbar toolbar masthead skip "
    "skiplink "
    "tabs tab dropdown hamburger search searchform sitemap toc",
    "meta": "meta byline author authors writer autor auteur date datetime time timestamp published updated pubdate "
    "dateline info details tag tags topic topics category categories keywords label labels taxonomy readingtime bio "
    "profile contributor contributors credits source",
    "caption": "caption captions figcaption wpcaption credit copyright image img photo picture figure media gallery "
    "slideshow video player embed audio podcast photocredit legend bildunterschrift thumbnail alt",
    "ad": "ad ads adv advert advertisement advertising sponsor sponsored sponsors banner dfp gpt adslot adsense "
    "googlead affiliate partner partners commercial anzeige werbung publicidad publicite pub",
    "pitch": "newsletter newsletters subscribe subscription subscriber signup signin login register paywall premium "
    "cookie cookies consent gdpr modal popup overlay lightbox cta piano offer donate donation membership member "
    "regwall "
    "abo alert alerts notice notification notifications app download inbox optin",
    "foot": "footer foot bottom colophon disclaimer legal rights imprint endnote footnote footnotes correction "
    "corrections",
    "side": "aside sidebar side rail widget widgets complementary secondary box infobox factbox module marginalia",
    "hidden": "hidden hide invisible sr visually screenreader offscreen collapsed none",
    "quote": "quote quotes blockquote pullquote pull tweet instagram zitat cite",
    "shop": "product products price prices shop shopping buy deal deals merchant commerce cart review",
    "live": "live liveblog livepost update updates timeline ticker",
}
KINDS: tuple[str, ...] = tuple(_KINDS)
_BIT = {kind: 1 << number for number, kind in enumerate(KINDS)}
BODY, MAIN, SIDE, HIDDEN = _BIT["body"], _BIT["main"], _BIT["side"], _BIT["hidden"]
_WORDS: dict[str, int] = {}
for _kind, _words in _KINDS.items():
    for _word in _words.split():
        _WORDS[_word] = _WORDS.get(_word, 0) | _BIT[_kind]

_CUT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
HINT_CHARS = 300  # generated class lists can be long, and say nothing after their first names


@lru_cache(maxsize=20_000)
def hints(names: str) -> int:
    """Return the kinds that the words of a class or id attribute speak of, one bit each in the order of KINDS.

    What is asked is remembered: ask for no more than the first HINT_CHARS of an attribute.
    """
    found = 0
    for word in _CUT.findall(names):
        found |= _WORDS.get(word.lower(), 0)
    return found
