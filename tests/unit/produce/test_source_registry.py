"""source_registry: every mistake at its line, all at once, and no source from a wrong file."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Source
from services.produce.source_registry import SourcesInvalid, parse_sources
from services.produce.sources import SOURCES

KINDS = {name: SOURCES[name] for name in ("feed", "folder", "stream")}


def parse(text: str):
    return parse_sources(text, file="sources.yaml", kinds=KINDS)


def mistakes(text: str) -> list[str]:
    with pytest.raises(SourcesInvalid) as invalid:
        parse(text)
    return str(invalid.value).splitlines()


def test_a_source_says_where_its_pages_come_from():
    """Every field is read; what is not given stays unknown."""
    full, least = parse(
        """
sources:
  - {id: studio-kalangou, kind: feed, url: "https://a.example/feed", name: Studio Kalangou, country: NER,
     language: "no", tier: 2, owner: hirondelle, rhythm: 30 minutes, verified: true}
  - id: inbox
    kind: folder
    url: /srv/inbox
    enabled: false
"""
    )

    assert full.source == Source(
        id="studio-kalangou", name="Studio Kalangou", country="NER", language="no", tier=2, owner="hirondelle"
    )
    assert full.rhythm == timedelta(minutes=30)
    assert (full.is_enabled, full.is_verified) == (True, True)
    assert (least.is_enabled, least.is_verified, least.rhythm) == (False, False, None)
    assert least.source == Source(id="inbox")


def test_all_mistakes_are_listed_with_file_and_line():
    """One reading of a bad file tells everything that has to be mended."""
    found = mistakes(
        """sources:
  - id: Not A Slug
    kind: feed
    url: https://a.example/1
  - id: a
    kind: podcast
    url: ftp://a.example
    country: Niger
    language: FR
    tier: 0
    rhythm: sometimes
    colour: green
  - kind: feed
  - id: b
    kind: feed
    url: nowhere
    url: https://b.example/
  - just words
  - id: a
    kind: feed
    url: https://a.example/1
    enabled: perhaps
    name: [a, b]
"""
    )

    assert [line.partition(": ")[0] for line in found] == [
        *("sources.yaml:2", "sources.yaml:6", "sources.yaml:8", "sources.yaml:9", "sources.yaml:10"),
        *("sources.yaml:11", "sources.yaml:12", "sources.yaml:13", "sources.yaml:13", "sources.yaml:17"),
        *("sources.yaml:18", "sources.yaml:19", "sources.yaml:22", "sources.yaml:23"),
    ]
    assert found[1] == "sources.yaml:6: kind: expected one of feed, folder, stream, found 'podcast'"
    assert "alpha-3 code such as NER, found 'Niger'" in found[2]
    assert "'a' stands already in line 5" in found[11]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("sources: [", "sources.yaml:1: expected YAML", id="no yaml"),
        pytest.param(
            "sources:\n  - id: a\n    kind: feed\n    url: https://a.example/\n    country: NGR",
            "sources.yaml:5: country: expected an ISO 3166-1 alpha-3 code such as NER, found 'NGR'",
            id="a country that there is not",
        ),
        pytest.param(
            "sources:\n  - id: a\n    kind: stream\n    url: redis://h/0?strem=x",
            "sources.yaml:4: url: expected redis://host:port/db?stream=NAME",
            id="a stream without a name",
        ),
        pytest.param(
            "sources:\n  - id: a\n    kind: feed\n    url: nowhere",
            "; for a feed it is the address of an RSS, Atom or JSON feed",
            id="an address that is none",
        ),
        pytest.param("- id: a", "sources.yaml:1: expected a mapping with 'sources'", id="a list"),
        pytest.param("sources: 7", "sources: expected a list", id="a number"),
        pytest.param("sources: []\nrules: []", "sources.yaml:2: 'rules' is unknown", id="another key"),
        pytest.param("\x00", "expected YAML", id="control characters"),
    ],
)
def test_what_is_no_registry_is_refused(text, expected):
    """A wrong file gives no sources at all."""
    assert any(expected in line for line in mistakes(text))


@pytest.mark.parametrize("text", ["", "sources:", "sources: []", "# only a comment"])
def test_an_empty_registry_has_no_sources(text):
    """Nothing to read is no mistake."""
    assert parse(text) == ()


@given(st.text(alphabet="sources:-[]{} \nid&*!|>'\"#a1", max_size=60))
def test_any_text_is_a_registry_or_a_list_of_mistakes(text):
    """No file crashes the reader."""
    try:
        parse(text)
    except SourcesInvalid as invalid:
        assert invalid.mistakes


@pytest.mark.parametrize("text", ["{{}}", "sources: [{{}: 1}]", "sources: [{[a]: 1}]", "? {a: b}\n: c"])
def test_a_list_or_mapping_is_no_name(text):
    """What YAML allows before a colon and we do not is told with its line."""
    with pytest.raises(SourcesInvalid, match="expected a name before the colon, found a list or mapping"):
        parse(text)


def test_the_shipped_sources_are_right_and_unverified():
    """The file that comes with Tocsin has no mistakes, says what it does not know, and covers the Sahel."""
    path = Path(__file__).parents[3] / "watch" / "sources.yaml"

    specs = parse_sources(path.read_text(), file=str(path), kinds=SOURCES)

    assert {"NER", "MLI", "BFA", "TCD", "MRT", "NGA", "SEN", "DZA", "LBY", "SDN"} <= {spec.country for spec in specs}
    assert all(spec.name and spec.language and spec.tier for spec in specs)
    assert not any(spec.is_verified for spec in specs)
