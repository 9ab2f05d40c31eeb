"""Pages without an article: each of the closed set of reasons, and articles that only look like one of them."""

import pytest

from services.clean.page_to_article import page_to_article
from services.clean.refusals import CookieWall, ErrorPage, Gallery, ListingPage, Paywall, RobotWall
from tests.given import a_page

HEADLINES = (
    "Ministers agree to open the border",
    "Rains delay the harvest in the north",
    "Central bank keeps its rate",
    "Two held after market fire",
    "Teachers end their strike after talks",
    "New bridge opens to traffic today",
    "Court adjourns trial of former mayor",
    "Cholera cases fall for third week",
    "Parliament debates the new budget law",
    "Striker leaves club for rival side",
    "Airport closed by sandstorm for hours",
    "Farmers ask for help with seed prices",
    "Power cuts to last until weekend",
    "Museum shows masks from five countries",
)
FRONT = "\n".join(
    [
        "The Daily Test",
        "• Home",
        "• News",
        "• Sport",
        *(f"{headline}\n{at + 1} hours ago\n" for at, headline in enumerate(HEADLINES)),
        "© 2024 The Daily Test. All rights reserved.",
    ]
)
PAYWALL = "\n".join(
    [
        "The Daily Test",
        "Ministers agree to open the border",
        "By Ann Lee",
        "The ministers of both countries met on Monday and agreed to open the border before the year ends.",
        "To continue reading, subscribe for full access to The Daily Test.",
        "Already a subscriber? Log in",
    ]
)
ARTICLE = (
    "The newspaper said on Tuesday that readers will have to subscribe to continue reading most of its articles.",
    "The paywall, the first in the country, will be put up in March, and subscribers will pay five francs a month.",
    "Editors said that the cookies on the site needed consent, and that a captcha would keep robots from reading.",
    "Advertising has fallen by half in five years, and the paper lost a third of its reporters in that time.",
    "A 404 page told readers on Monday that the page was not found while the new system was being set up.",
    "Other papers in the region are watching closely, because they have the same troubles and no better answer.",
    "The owner, a family from the capital, promised to hire ten more reporters if enough readers subscribe.",
)


PAGES = {
    "404": (ErrorPage, "404\n\nPage not found\n\nThe page you are looking for doesn’t exist.\nHome"),
    "robot": (RobotWall, "Just a moment...\n\nChecking your browser before accessing it.\n\nPlease enable JavaScript."),
    "cookies": (CookieWall, "We value your privacy\n\nWe and our partners use cookies to store data.\n\nAccept all"),
    "paywall": (Paywall, PAYWALL),
    "front page": (ListingPage, FRONT),
    "gallery": (Gallery, "Photo gallery: the bridge\n\n1 of 12\n\nThe bridge at dawn\n\n2 of 12\n\nThe bridge at noon"),
}


@pytest.mark.parametrize(
    ("refusal", "text"), [pytest.param(refusal, text, id=name) for name, (refusal, text) in PAGES.items()]
)
def test_a_page_without_an_article_is_refused_with_its_reason(text, refusal):
    with pytest.raises(refusal):
        page_to_article(a_page(text))


def test_an_article_about_paywalls_and_cookies_is_an_article():
    """The phrases of walls and errors refuse no page that shows running text."""
    article = page_to_article(a_page("\n\n".join(ARTICLE)))

    assert article.text == "\n\n".join(ARTICLE)
