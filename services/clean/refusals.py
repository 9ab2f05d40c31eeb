"""Why a page yields no article: the closed set of reasons, and what happens to the page then.

A dead letter waits for a person: the page may be an article that we, the source or the fetcher got wrong.
An intended drop is what it should be: nobody misses it, and it is only counted.
"""

from runtime.errors import NotWanted, TocsinError, Unprocessable


class NotText(Unprocessable):
    """The bytes are no text: an image, a PDF, an archive, or an encoding nobody can read."""


class TooLarge(Unprocessable):
    """The page has more bytes than `CleanLimits.page_bytes`."""


class NoArticle(Unprocessable):
    """No block of the page reads like an article, and nothing says that this is intended."""


class TooShort(Unprocessable):
    """What reads like an article has fewer words than `CleanLimits.body_words`."""


class Paywall(Unprocessable):
    """The page asks for a subscription and shows next to nothing of the article."""


class CookieWall(Unprocessable):
    """The page asks for consent instead of showing the article; the fetcher has to be told."""


class RobotWall(Unprocessable):
    """The page asks whether a person is reading, or for JavaScript; the fetcher has to be told."""


class ErrorPage(NotWanted):
    """The server says that the page does not exist or cannot be shown."""


class ListingPage(NotWanted):
    """A front page, a section, a tag page or a search result: headlines, no article."""


class Gallery(NotWanted):
    """Pictures or videos with captions, no running text."""


class UnsupportedLanguage(NotWanted):
    """The body is in a language that `CleanLimits.languages` does not name."""


# The one visible table: every refusal the cleaner knows, and what happens next.
REFUSALS: dict[type[TocsinError], str] = {
    NotText: "dead letter",
    TooLarge: "dead letter",
    NoArticle: "dead letter",
    TooShort: "dead letter",
    Paywall: "dead letter",
    CookieWall: "dead letter",
    RobotWall: "dead letter",
    ErrorPage: "intended drop",
    ListingPage: "intended drop",
    Gallery: "intended drop",
    UnsupportedLanguage: "intended drop",
}
