"""Ambiguous names need the document's support; short texts are believed."""

from tests.unit.tag.conftest import Tag

LONG = "The shop sold bread and cakes to everybody who came by that week, and nobody minded the rain. " * 10


def actors(tagged: object) -> set[str]:
    return {one.actor for one in tagged.mentions}  # type: ignore[attr-defined]


def test_an_ambiguous_capital_alone_in_a_long_text_does_not_count(tag: Tag) -> None:
    assert actors(tag(f"A baker from Athens opened a shop.\n\n{LONG}")) == set()


def test_it_counts_when_the_text_names_the_country_too(tag: Tag) -> None:
    assert actors(tag(f"A baker from Athens opened a shop.\n\n{LONG}\n\nGreece is proud of him.")) == {"GRC"}


def test_it_counts_next_to_a_government(tag: Tag) -> None:
    assert actors(tag(f"Athens recalled its ambassador.\n\n{LONG}")) == {"GRC"}


def test_the_title_supports_the_text(tag: Tag) -> None:
    assert actors(tag(f"A baker from Athens opened a shop.\n\n{LONG}", title="Greece's best bread")) == {"GRC"}


def test_a_short_text_is_believed(tag: Tag) -> None:
    assert actors(tag("Athens is burning.")) == {"GRC"}


def test_local_news_is_not(tag: Tag) -> None:
    assert actors(tag("The Athens City Council met downtown, and a county commissioner spoke.")) == set()


def test_a_name_two_actors_share_goes_to_the_one_named_otherwise(tag: Tag) -> None:
    assert actors(tag("Congolese troops crossed. Brazzaville denied it.")) == {"COG"}
    assert actors(tag("Congolese troops crossed. Kinshasa denied it.")) == {"COD"}
    assert actors(tag("Congolese troops crossed.")) == {"COD"}


def test_a_person_named_in_full_is_the_same_person_later(tag: Tag) -> None:
    assert actors(tag("Jordan Browning scored twice. The crowd sang for Jordan all night.")) == set()
    assert actors(tag("Jordan Browning scored twice.", title="Jordan Strikes Twice")) == set()


def test_a_state_is_not_a_person_for_a_namesake(tag: Tag) -> None:
    assert actors(tag("Israel Browning scored twice. Israel's parliament met, and Israeli voters did not care.")) == {
        "ISR"
    }
    assert actors(tag("Jordan Browning scored twice. Jordan recalled its ambassador.")) == {"JOR"}
