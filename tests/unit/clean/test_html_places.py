"""Where a block stands: to the element that holds the article, to the title, to other articles on the page."""

import numpy as np

from services.clean import json_ld
from services.clean.html_to_blocks import html_to_sheet
from services.clean.html_to_body import page_columns, parse
from services.clean.limits import CleanLimits

PARAGRAPHS = [
    f"On day {number} the ministers of both countries met at the border, and agreed to speak again in the week after."
    for number in range(6)
]
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
TEASER = "Chad signs a contract with Hungary"


def _columns(inner: str, head: str = "") -> tuple[list[str], dict[str, np.ndarray]]:
    """The texts of a page's blocks, and its columns."""
    tree = parse(f"<html><head>{head}</head><body>{inner}</body></html>")
    assert tree is not None
    sheet, origins = html_to_sheet(tree, CleanLimits())
    columns = page_columns(tree, sheet, origins, json_ld.objects(tree))
    return [item.text for item in sheet.blocks], columns


def test_names_of_what_holds_the_whole_article_count_for_no_block():
    """A page in a <button> that is never closed, as parsers see it; a box in the article still counts."""
    box = f"<aside class='related'><p>{TEASER}</p></aside>"

    texts, columns = _columns(f"<button class='menu hidden'><div class='story'>{BODY}{box}</div>")

    is_box = np.array([text == TEASER for text in texts])
    assert columns["inner related"].tolist() == is_box.tolist()
    assert columns["inner region aside"].tolist() == is_box.tolist()
    for name in ("inner menu", "inner hidden", "inner region button"):
        assert not columns[name].any(), name


def test_names_beside_the_article_count():
    texts, columns = _columns(f"<nav class='menu'><div><p>{TEASER}</p></div></nav><div class='story'>{BODY}</div>")

    assert columns["inner menu"].tolist() == [text == TEASER for text in texts]


def test_prose_before_and_after_counts_what_stands_in_the_article():
    """A comment below the article is not after any of it."""
    comment = f"<section class='comments'><p>{PARAGRAPHS[0].replace('On', 'By')}</p></section>"

    _, columns = _columns(f"<div class='story'>{BODY}</div>{comment}")

    assert np.allclose(columns["main words before"], [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1], atol=0.02)
    assert np.allclose(columns["main words after"], [5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0, 0], atol=0.02)
    assert columns["in main"].tolist() == [True] * 6 + [False]


def test_the_title_is_the_heading_that_metadata_confirm():
    """Not the site's name in an h1 above it, nor the headline of the next article."""
    head = "<meta property='og:title' content='Border to open | The Daily Test'>"
    first = f"<article><h2>Border to open</h2>{BODY}</article>"
    second = f"<article><h2>{TEASER}</h2>{BODY.replace('On day', 'In year')}</article>"

    texts, columns = _columns(f"<h1>The Daily Test of Chad</h1>{first}{second}", head)

    at = texts.index("Border to open")
    assert columns["title before"][at] == columns["title after"][at] == 0
    assert columns["title after"][at - 1] > 0
    assert columns["title article"].tolist() == [at <= place <= at + 6 for place in range(len(texts))]
    assert columns["article number"][[0, at, -1]].tolist() == [-0.2, 0, 0.2]


def test_a_page_without_a_title_has_no_distance_to_it():
    _, columns = _columns(f"<div>{BODY}</div>")

    assert not any(columns[name].any() for name in columns if name.startswith("title "))
