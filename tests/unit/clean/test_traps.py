"""Furniture put inside and around a body that must never come out, and sentences that look like furniture and must."""

import pytest

from services.clean.blocks_to_verdicts import is_teaser
from services.clean.explain import explain
from services.clean.limits import CleanLimits
from services.clean.page_to_article import page_to_article
from services.clean.text_to_blocks import text_to_sheet
from tests.given import a_page
from tests.unit.clean.test_seeds import AAN_TV, seed

TRAPS = {
    "read more": "READ MORE  Sudan’s army says it has retaken the market of Omdurman.",
    "also read": "Also Read: Egypt and Ethiopia resume talks over the dam",
    "lire aussi": "Lire aussi : Mali, la junte repousse encore les élections",
    "related box": "Related posts\n\nChad signs with Hungary\n\nChad signs with Hungary\n\nJune 24, 2025",
    "might also like": "You might also like\nKenya sends police to Haiti\nGabon votes on a new constitution",
    "te puede interesar": "Te puede interesar: Bolivia cierra su frontera con Perú",
    "lesen sie auch": "Lesen Sie auch: Polen schickt Panzer an die Grenze",
    "do not miss": "Don’t miss: Ghana’s president opens a new port",
}
AFTER = "In December, a Russian delegation paid a visit to Niger, indicating the growing engagement between"


@pytest.mark.parametrize("trap", [pytest.param(trap, id=name) for name, trap in TRAPS.items()])
def test_a_promo_between_two_paragraphs_stays_out(trap):
    """Whatever points at another article in the middle of a body changes nothing of the body."""
    page = seed(AAN_TV)
    body = page_to_article(a_page(page)).text

    trapped = page_to_article(a_page(page.replace(AFTER, f"{trap}\n\n{AFTER}")))

    assert trapped.text == body


@pytest.mark.parametrize(
    "sentence",
    [
        "More than 300 people crossed the border on the first day, officials said.",
        "Related charges were dropped on Monday, the court said in a statement.",
        "Reading the statement aloud, the minister thanked all who had waited for years.",
        "Subscribers to the state pension will be paid in full, the finance ministry said on Tuesday.",
        "Von den 300 Soldaten sind 200 nach Hause geflogen, sagte ein Sprecher der Armee.",
    ],
)
def test_a_sentence_that_begins_like_furniture_is_no_teaser(sentence):
    (block,) = text_to_sheet(sentence, CleanLimits()).blocks

    assert not is_teaser(block)


def test_a_sentence_about_subscribers_stays_in_the_body():
    sentence = "Subscribers to the state pension will be paid in full next month, the finance ministry said on Tuesday."
    page = seed(AAN_TV).replace(AFTER, f"{sentence}\n\n{AFTER}")

    assert sentence in page_to_article(a_page(page)).text.split("\n\n")


def test_explain_gives_every_block_a_verdict_and_a_reason():
    """What `tocsin clean --explain` shows is what `page_to_article` does."""
    page = a_page(seed(AAN_TV))

    verdicts = explain(page)

    kept = [verdict.text for verdict in verdicts if verdict.kept]
    assert "\n\n".join(kept) == page_to_article(page).text
    assert all(verdict.reason for verdict in verdicts)
    assert len(verdicts) > len(kept)
