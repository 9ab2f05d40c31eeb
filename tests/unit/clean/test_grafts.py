"""Made pages keep their labels: what was body on the page they are made of is body, and nothing else."""

import copy
import random

import numpy as np

from benchmarks.clean_training import grafts
from benchmarks.clean_training.pages import DevPage, example_of
from services.clean import json_ld
from services.clean.block_features import matrix
from services.clean.html_to_blocks import html_to_sheet
from services.clean.html_to_body import page_columns, parse
from services.clean.limits import CleanLimits


def _page(name: str) -> DevPage:
    """A page whose body says its name, in chrome that does too: with a box in the body, and text beside elements."""
    body = [
        f"The {name} of paragraph {number} was closed again, as the ministers said on Monday." for number in range(8)
    ]
    text = (
        f"<html><head><title>{name}</title></head><body><nav><ul><li>Menu {name}</li><li>Sport {name}</li></ul></nav>"
        f"<div class='story'><h1>All of {name}</h1>{''.join(f'<p>{line}</p>' for line in body[:4])}"
        f"<aside>Read {name}</aside><div>{body[4]}<br><br>{body[5]}<p>{body[6]}</p>{body[7]}</div></div>"
        f"<footer>About {name}</footer></body></html>"
    )
    tree = parse(text)
    assert tree is not None
    sheet, origins = html_to_sheet(tree, CleanLimits())
    columns = page_columns(tree, sheet, origins, [])
    labels = [float(item.text in body) for item in sheet.blocks]
    assert sum(labels) == len(body)
    example = example_of(matrix(columns, list(columns)), labels, sheet.blocks)
    return DevPage(name, name, "en", name, "\n".join(body), text, sheet.blocks, tuple(columns), example)


PAGES = [_page("border"), _page("harbour")]


def _said(tree) -> tuple[list[str], list[str]]:
    """What a marked tree says as body, and what else."""
    walk = grafts._Traced(tree)
    marks = {element: list(element.get("data-body") or "") for _, element in walk.traced()}
    found: tuple[list[str], list[str]] = ([], [])
    for item, element in walk.traced():
        found[marks[element].pop(0) == "1"].append(item.text)
    return found[True], found[False]


def test_a_page_that_is_only_marked_gives_the_example_of_the_page():
    tree = grafts._marked(PAGES[0])

    example = grafts._example(tree, PAGES[0], json_ld.objects(tree))

    assert example is not None
    assert np.array_equal(example.features, PAGES[0].example.features)
    assert example.labels.tolist() == PAGES[0].example.labels.tolist()
    assert np.array_equal(example.weights, PAGES[0].example.weights)


def test_a_grafted_page_is_one_body_in_the_chrome_of_another():
    own, donor = grafts._marked(PAGES[0]), grafts._marked(PAGES[1])
    assert grafts._graft(own, donor)

    body, chrome = _said(donor)

    assert body == PAGES[0].gold.split("\n")
    assert chrome == ["Menu harbour", "Sport harbour", "All of border", "Read border", "About harbour"]


def test_a_shortened_page_loses_paragraphs_and_nothing_else():
    tree = grafts._marked(PAGES[0])
    whole, chrome = _said(copy.deepcopy(tree))
    grafts._shortened(tree, random.Random(1))

    body, rest = _said(tree)

    assert rest == chrome
    assert set(body) < set(whole)


def test_made_pages_are_the_same_for_the_same_seed():
    first, second = (grafts.grafted_pages(PAGES, seed=3, each=4) for _ in range(2))

    assert len(first) == 8
    assert all(np.array_equal(one.features, two.features) for one, two in zip(first, second, strict=True))
    assert all(0 < example.labels.sum() <= 8 for example in first)
