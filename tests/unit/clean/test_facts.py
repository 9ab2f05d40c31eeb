"""Dates, names and languages as pages write them."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clean.dates import MONTHS, find_dates
from services.clean.flat_features import flat_columns
from services.clean.language import language_of
from services.clean.limits import CleanLimits
from services.clean.names import names_in_byline, names_in_line
from services.clean.network import load
from services.clean.page_to_article import page_to_article
from services.clean.terms import load_terms
from services.clean.text_to_blocks import text_to_sheet
from services.clean.url_facts import date_in_url
from services.clean.zones import is_caption, zones_of
from tests.given import a_page
from tests.unit.clean.test_page_to_article import FIRST, HTML, SECOND, THIRD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("March 27, 2024", "2024-03-27"),
        ("Last updated: January 17, 2024 5:08 am", "2024-01-17T05:08"),
        ("27 mars 2024 à 18h30", "2024-03-27T18:30"),
        ("28. April 2023, 19:50 Uhr", "2023-04-28T19:50"),
        ("3 de marzo de 2024", "2024-03-03"),
        ("1er août 2023", "2023-08-01"),
        ("2024-05-06", "2024-05-06"),
        ("05.04.2025", "2025-04-05"),
        ("2024年3月27日", "2024-03-27"),
        ("25/12/2023", "2023-12-25"),
        ("October 16, 2025October 17, 2025", "2025-10-16"),
        ("December 19. 2025", "2025-12-19"),
        ("by The TimesNovember 21, 202501747", "2025-11-21"),
        ("12 KASIM 2024 | 3 May", "2024-11-12"),
        ("12 NİSAN 2024, may", "2024-04-12"),
        ("17 ČERVNA 2024", "2024-06-17"),
        ("1 БЕРЕЗНЯ 2021", "2021-03-01"),
    ],
)
def test_a_date_is_read_as_it_is_written(text, value):
    assert find_dates(text)[0].value == value


@pytest.mark.parametrize(("name", "number"), MONTHS.items())
def test_a_month_is_read_in_capitals_as_well(name, number):
    """Also where capitals lose a dot, and beside another month, which makes the whole line worth reading."""
    assert find_dates(f"12 {name.upper()} 2024 may")[0].value == f"2024-{number:02}-12"


@pytest.mark.parametrize("text", ["31 February 2024", "99/99/2024", "May 2024", "version 1.2.3", "24 hours", "2024"])
def test_what_is_no_full_date_is_none(text):
    assert find_dates(text) == []


@pytest.mark.parametrize(("day_first", "value"), [(True, "2024-04-03"), (False, "2024-03-04")])
def test_a_number_date_is_read_in_the_order_of_the_language(day_first, value):
    assert find_dates("3/4/2024", day_first=day_first)[0].value == value


def test_an_address_carries_a_date():
    assert date_in_url("https://a.test/2024/03/27/border-opens") == "2024-03-27"
    assert date_in_url("https://a.test/news/border-opens-20240327") == "2024-03-27"
    assert date_in_url("https://a.test/article/A2026071222090000630") == "2026-07-12"
    assert date_in_url("https://a.test/news/12345678") is None
    assert date_in_url("https://a.test/news/20269971222090000630") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Ann Lee", ("Ann Lee",)),
        ("By Ann Lee and Bo Ek | 3 May 2024", ("Ann Lee", "Bo Ek")),
        ("Kehinde Giwa by Kehinde Giwa", ("Kehinde Giwa",)),
        ("Par Marie Dupont", ("Marie Dupont",)),
        ("Von Ulrich ExnerKorrespondent", ("Ulrich Exner",)),
        ("By Sarah LazareTwitter", ("Sarah Lazare",)),
        ("By Naoise McNally and Ann MacDonald", ("Naoise McNally", "Ann MacDonald")),
        ("Von Eva Kirchner", ("Eva Kirchner",)),
        ("By Ann Lee, Bo Ek, and Cy Dunn", ("Ann Lee", "Bo Ek", "Cy Dunn")),
        ("Von Eva Kirchner, Redakteurin", ("Eva Kirchner",)),
        ("Kolumne von Eva Kirchner - 28.04.2024", ("Eva Kirchner",)),
        ("By Ann LeeLifestyle Writer", ("Ann Lee",)),
        ("By Ann McNally", ("Ann McNally",)),
        ("Headshot of Ann Lee", ("Ann Lee",)),
        ("By Ann Lee, MS, RD", ("Ann Lee",)),
        ("Por Marta Cañete y Luis Gil", ("Marta Cañete", "Luis Gil")),
        ("Di Marco Rossi", ("Marco Rossi",)),
        ("Por Ana de Souza", ("Ana de Souza",)),
        ("By TPN, in News · 31 Jan 2025, 20:02", ("TPN",)),
        ("Von München bis Aachen: Im Netz der Agenten", ()),
        ("by the end of the year", ()),
        ("Related posts", ()),
    ],
)
def test_names_are_taken_out_of_bylines(text, names):
    assert names_in_byline(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("25.04.24 | 14:07 Uhr | Von Eva Kirchner-Rätsch", ("Eva Kirchner-Rätsch",)),
        ("Ann Lee | Published 15 hours ago", ("Ann Lee",)),
        ("Ann Lee 4 Febbraio 2025 - 14:41", ("Ann Lee",)),
        ("Avatar photo by Ann Lee August 25, 2025", ("Ann Lee",)),
        ("Ann Lee Deputy Director", ("Ann Lee",)),
        ("Андрей Колесников", ("Андрей Колесников",)),
        ("순천 구현모 기자 ninek@a.test", ("구현모",)),
        ("Photo by Ann Lee", ()),
        ("WATCH LIVE", ()),
        ("Politics | 3 May 2024", ()),
        ("The border opens", ()),
    ],
)
def test_names_are_read_from_lines_near_the_title(text, names):
    assert names_in_line(text) == names


def test_a_phrase_under_the_title_is_no_author():
    """A line in capitals whose words the body writes small is no name; a name beside the date is one."""
    page = f"Border to open before the year ends\n\n{{}}\n\n3 May 2024\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}"

    assert page_to_article(a_page(page.format("Ann Lee"))).authors == ("Ann Lee",)
    assert page_to_article(a_page(page.format("Both Countries"))).authors == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (f"{FIRST} {SECOND} {THIRD}", "en"),
        ("Le gouvernement a annoncé mardi que la frontière sera rouverte avant la fin de l’année.", "fr"),
        ("Die Minister beider Länder haben sich am Montag darauf geeinigt, die Grenze wieder zu öffnen.", "de"),
        ("Rais wa nchi hiyo alisema kwamba mpaka utafunguliwa tena kabla ya mwisho wa mwaka huu.", "sw"),
        ("", None),
        ("OK", None),
    ],
)
def test_the_language_is_that_of_the_words(text, language):
    assert language_of(text) == language


def test_the_day_in_a_header_is_no_publication_date():
    """A date far above the title, as sites print today's, dates nothing."""
    menu = "\n".join(f"• Section {number}" for number in range(14))
    page = f"Tuesday, June 24, 2025\n{menu}\n\nBorder to open before the year ends\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}"

    assert page_to_article(a_page(page)).published is None


def test_html_without_metadata_takes_the_date_of_its_byline():
    page = HTML.replace('"datePublished":"2024-05-06T07:08:09Z",', "").replace(
        "</h1>", "</h1><div>By Ann Lee, 8 May 2024</div>"
    )

    published = page_to_article(a_page(page, content_type="text/html")).published

    assert published is not None
    assert (published.value, published.source) == ("2024-05-08", "byline")


def test_the_network_finds_every_feature_it_was_trained_on():
    """Weights and features belong together: a renamed column needs new weights."""
    columns = flat_columns(text_to_sheet(FIRST, CleanLimits()), load_terms())

    assert set(load("flat").names) <= set(columns)


NAMES = st.sampled_from(["Ann Lee", "Bo Ek", "Eva Kirchner-Rätsch", "Ana de Souza", "Ian McNally", "Андрей Колесников"])
LABELS = st.sampled_from(["By", "Von", "Par", "Por", "Di", "Door", "Av", "Author:", "Written by", "by:"])


@given(LABELS, st.lists(NAMES, min_size=1, max_size=4, unique=True), st.sampled_from(["", " | 3 May 2024", " (AP)"]))
def test_a_byline_gives_back_the_names_it_was_made_of(label, names, tail):
    assert names_in_byline(f"{label} {', '.join(names)}{tail}") == tuple(names)


@given(st.text(max_size=400))
def test_any_line_gives_names_or_none(text):
    """Foreign input: whatever stands in a line, a name is short, not empty and part of it; dates are days."""
    for name in names_in_byline(text) + names_in_line(text):
        assert 0 < len(name) <= 300
    for mention in find_dates(text):
        assert date.fromisoformat(mention.value[:10])


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)))
def test_a_day_is_read_back_however_it_is_written(day):
    for form in ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%A, %b %d, %Y", "%d.%m.%Y", "%Y/%m/%d"):
        assert find_dates(day.strftime(form))[0].value == day.isoformat()


@pytest.mark.parametrize("text", ["By " + "aB" * 200_000, "Ann " * 100_000, "Von A" + "a" * 500_000, "·" * 300_000])
def test_lines_made_to_hurt_end_in_bounded_time(text):
    started = time.process_time()

    names_in_byline(text)
    names_in_line(text)

    assert time.process_time() - started < 1


def test_a_block_of_a_figcaption_that_is_kept_is_a_caption():
    """A block that stands in a figcaption, or ends with a credit, is caption; the lede is the first that is none."""
    caption = "Ministers at the border on Monday, where they opened it again for everybody. Photograph: AFP via Getty"
    body = text_to_sheet("\n".join([caption, FIRST]), CleanLimits()).blocks
    figure = text_to_sheet(SECOND, CleanLimits()).blocks[0]._replace(is_caption=True)
    starts = [0, len(caption) + 2, len(caption) + len(FIRST) + 4]
    ends = [len(caption), len(caption) + 2 + len(FIRST), len(caption) + len(FIRST) + 4 + len(SECOND)]

    zones = zones_of([*body, figure], tuple(zip(starts, ends, strict=True)))

    assert [zone.kind for zone in zones] == ["caption", "lede", "caption"]


@pytest.mark.parametrize("text", ["He asked for a picture: nobody had one to show him.", FIRST, SECOND])
def test_a_sentence_is_no_caption(text):
    assert not is_caption(text_to_sheet(text, CleanLimits()).blocks[0])


def test_a_title_does_not_begin_with_the_colon_behind_its_kicker():
    """And no line of the body repeats it."""
    lines = ["Our city", ": Town of records in the north", "By Ann Lee, 8 May 2024", "", FIRST, "", SECOND, "", THIRD]

    article = page_to_article(a_page("\n".join(lines), title="Town of records in the north"))

    assert article.title == "Town of records in the north"
    assert "Town of records" not in article.text
