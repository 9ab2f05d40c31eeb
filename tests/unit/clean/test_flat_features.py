"""What flat text alone is asked: what its words are worth, and what is said elsewhere on the page."""

import math
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.clean_training.counted import Counted
from services.clean.flat_features import said_columns, term_columns
from services.clean.limits import CleanLimits
from services.clean.terms import Terms, load_terms, read_terms, stored_terms
from services.clean.text_to_blocks import text_to_sheet

WORDS = ("the", "junta", "share", "this", "story", "said", "no", "Ouagadougou")
LINES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join), min_size=1, max_size=12)
# a word that speaks for chrome, one that says nothing, two for the body; a pair for chrome
TERMS = Terms(
    {"share": 0, "the": 1, "junta": 2, "said": 3}, np.array([0 * 4 + 1]), np.array([2, np.nan, -1, -3, 4], np.float32)
)


def _sheet(lines):
    return text_to_sheet("\n".join(lines), CleanLimits())


def _grams(line):
    words = line.lower().split()
    return [tuple(words[at : at + 4]) for at in range(len(words) - 3)]


@given(LINES)
def test_said_elsewhere_is_the_share_of_four_words_that_other_lines_have(lines):
    grams = [_grams(line) for line in lines]

    found = said_columns(_sheet(lines).running, len(lines))

    for at, own in enumerate(grams):
        before, after = (set(chain(*part)) for part in (grams[:at], grams[at + 1 :]))
        for name, others in (("said elsewhere", before | after), ("said before", before), ("said after", after)):
            expected = sum(gram in others for gram in own) / max(len(own), 1)
            assert found[name][at] == pytest.approx(expected), (name, lines[at])


@given(LINES)
def test_terms_are_worth_what_their_different_words_and_pairs_are(lines):
    worth = {"share": 2, "junta": -1, "said": -3, ("share", "the"): 4}

    found = term_columns(_sheet(lines), TERMS)

    for at, line in enumerate(lines):
        words = line.lower().split()
        worths = [worth[term] for term in {*words, *pairwise(words)} if term in worth] or [0]
        expected = [sum(worths) / len(worths), max(worths), min(worths)]
        assert [found[name][at] for name in ("terms", "term most", "term least")] == pytest.approx(expected), line


def test_terms_come_back_as_they_were_stored():
    """But for half precision."""
    again = read_terms(stored_terms(TERMS))

    assert again.numbers == TERMS.numbers
    assert again.pairs.tolist() == TERMS.pairs.tolist()
    np.testing.assert_allclose(again.worths, TERMS.worths)


def test_the_terms_that_ship_know_chrome_from_news():
    """In some languages; and a pair says what its words alone do not."""
    terms = load_terms()

    def worth(text):
        return term_columns(_sheet([text]), terms)["terms"][0]

    assert worth("Privacy policy") > worth("Policy") > 0
    assert worth("Alle Kommentare") > 0
    assert worth("The minister said on Monday that talks had failed") < 0
    assert worth("Xyzzy") == 0


SITES = {  # what each has around its articles, and in them
    "one.example": ("Share this story", "The junta said no"),
    "two.example": ("Share this page", "The junta said no"),
    "three.example": ("Share", "Said the junta"),
    "four.example": ("Share this page", "No share, the junta said"),
    "five.example": ("Share", "No"),
    "six.example": ("Junta", "Yes, the junta, no"),
}


def _counted():
    return Counted((site, _sheet(lines).blocks, (0.0, 1.0)) for site, lines in SITES.items())


def test_a_term_is_worth_the_sites_that_have_it_around_bodies_against_those_that_have_it_in_them():
    terms = _counted().terms()

    assert terms.numbers.keys() == {"share", "junta", "the", "no"}  # only four sites say "said"
    found = {word: float(terms.worths[number]) for word, number in terms.numbers.items()}
    assert found == pytest.approx(
        {"share": math.log(6 / 2), "junta": math.log(2 / 6), "the": math.log(1 / 6), "no": math.log(1 / 6)}
    )
    assert terms.pairs.tolist() == [terms.numbers["the"] * 4 + terms.numbers["junta"]]
    assert terms.worths[-1] == pytest.approx(math.log(1 / 6))


def test_a_page_is_not_told_what_its_own_site_says():
    without = _counted().terms({"four.example", "one.example", "elsewhere.example"})

    assert without.worths[without.numbers["share"]] == pytest.approx(math.log(4 / 1))
    assert without.worths[without.numbers["the"]] == pytest.approx(math.log(1 / 4))


def test_a_term_that_hardly_any_other_site_has_says_nothing():
    without = _counted().terms([site for site in SITES if site not in ("five.example", "six.example")])

    assert np.isnan(without.worths[without.numbers["share"]])
    assert not np.isnan(without.worths[without.numbers["no"]])
