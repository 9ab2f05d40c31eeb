"""The catalogue: what analysts' names resolve to, what users' files add, and how mistakes in them are told."""

from pathlib import Path

import pytest

from runtime.errors import Misconfigured
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.alias_check import check_aliases
from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger
from services.tag.catalogue import Catalogue
from services.tag.text_to_article import article_from_text


@pytest.mark.parametrize(
    ("name", "some_id"),
    [
        ("Niger", "NER"), ("NER", "NER"), ("niger", "NER"), ("Russia", "RUS"), ("Russie", "RUS"), ("wagner", "wagner"),
        ("Wagner Group", "wagner"), ("ECOWAS", "ecowas"), ("cédéao", "ecowas"), ("Boko Haram", "boko-haram"),
        ("military", "military"), ("militaire", "military"), ("Sahel", "sahel"), ("Côte d’Ivoire", "CIV"),
        ("cote d'ivoire", "CIV"), ("USA", "USA"), ("UK", "GBR"), ("DR Congo", "COD"), ("RDC", "COD"), ("Kosovo", "XKX"),
        ("nobody at all", None),
    ],
)  # fmt: skip
def test_a_name_resolves_to_an_id(catalogue: Catalogue, name: str, some_id: str | None) -> None:
    assert catalogue.resolve(name) == some_id


def test_a_misspelt_name_gets_a_suggestion(catalogue: Catalogue) -> None:
    assert "Nigeria" in catalogue.suggest("Nigerria")
    assert "Côte d'Ivoire" in catalogue.suggest("cote d'ivore")
    assert catalogue.suggest("qqqqqqq") == []


def test_groups_are_plain_data(catalogue: Catalogue) -> None:
    assert catalogue.members("sahel") >= {"NER", "MLI", "BFA"}
    assert catalogue.members("aes-members") == {"NER", "MLI", "BFA"}
    assert catalogue.members("africa") >= {"NER", "NGA", "ZAF"}
    assert "m23" not in catalogue.members("africa")
    assert catalogue.members("NER") == {"NER"}
    assert catalogue.actors["jnim"].countries[:3] == ("MLI", "BFA", "NER")
    assert "jnim" in catalogue.members("jihadist")


def test_every_state_of_the_world_is_there(catalogue: Catalogue) -> None:
    states = [actor for actor in catalogue.actors.values() if actor.kind == "country"]

    assert len(states) >= 194
    for state in states:
        kinds = {(alias.kind, alias.language) for alias in catalogue.aliases_of(state.id)}
        assert ("name", "") in kinds, state.id
        assert kinds & {("demonym", "en"), ("demonym", "fr")} or state.id in ("VAT",), state.id


def test_every_alias_says_where_it_comes_from(catalogue: Catalogue) -> None:
    assert {alias.source for alias in catalogue.aliases} == {"typed", "cldr", "iso", "factbook"}


def own_folder(tmp_path: Path, **files: str) -> Path:
    tmp_path.mkdir(exist_ok=True)
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    return tmp_path


def test_a_users_actor_is_added_to_the_catalogue(tmp_path: Path) -> None:
    folder = own_folder(
        tmp_path,
        actors="actors:\n  acme:\n    kind: company\n    name: Acme Mining\n"
        "    names: [Acme Mining, {text: Acme, ambiguous: true}]\n"
        "groups:\n  mine:\n    name: mine\n    members: [acme, NER]\n",
    )

    catalogue = load_catalogue(folder)
    tagged = article_to_tagged_article(
        article_from_text("a", "", "ACME Mining and Acme Mining's rival met in Niger.", "en"), build_tagger(catalogue)
    )

    assert catalogue.resolve("acme mining") == "acme"
    assert catalogue.members("mine") == {"acme", "NER"}
    assert [(one.actor, one.text) for one in tagged.mentions][:2] == [("acme", "ACME Mining"), ("acme", "Acme Mining")]
    assert len(catalogue.topics) == 12


def test_a_user_can_change_and_take_away(tmp_path: Path) -> None:
    folder = own_folder(
        tmp_path,
        actors="actors:\n  NER:\n    names: [Land of the Hausa]\n    without: [Niamey]\n  wagner:\n    remove: true\n",
        topics="topics:\n  bread:\n    name: {en: bread, fr: pain}\n    en:\n      strong: [sourdough]\n",
    )

    catalogue = load_catalogue(folder)

    texts = {alias.text for alias in catalogue.aliases_of("NER")}
    assert "Land of the Hausa" in texts
    assert "Niger" in texts
    assert "Niamey" not in texts
    assert "wagner" not in catalogue.actors
    assert set(catalogue.topics) > {"bread", "military"}


def test_the_version_changes_with_the_content_only(tmp_path: Path) -> None:
    same = load_catalogue(tmp_path)
    other = load_catalogue(own_folder(tmp_path, actors="actors:\n  acme: {names: [Acme Mining]}\n"))

    assert load_catalogue(None).version == load_catalogue(None).version
    assert same.version == load_catalogue(None).version
    assert other.version != same.version


def test_the_version_does_not_tell_where_the_folder_is(tmp_path: Path) -> None:
    """An alert of one machine is proven on another, where the same actors stand in another folder."""
    here, there = (
        load_catalogue(own_folder(tmp_path / name, actors="actors:\n  acme: {names: [Acme Mining]}\n"))
        for name in ("here", "there")
    )

    assert here.version == there.version


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    folder = own_folder(
        tmp_path,
        actors="actors:\n  acme:\n    kind: shop\n    nmes: [Acme]\n  Bad Id: {names: [Bad]}\n  x1:\n    names: [X]\n"
        "    leaders: [{text: Jo Doe, from: yesterday}]\ngroups:\n  g: {members: [nobody]}\n",
        topics="topics:\n  bread:\n    en:\n      stronk: [sourdough]\n    threshold: much\n",
    )

    with pytest.raises(Misconfigured) as caught:
        load_catalogue(folder)

    told = str(caught.value)
    for part in (
        "actors.yaml:3: expected kind as one of country",
        "actors.yaml:4: expected one of kind, name, names",
        "actors.yaml:5: expected an id like NER or boko-haram, found 'Bad Id'",
        "actors.yaml:7: expected an alias of at least two letters, found 'X'",
        "actors.yaml:8: expected from as a date like 2023-07-28, found 'yesterday'",
        "actors.yaml:10: expected the id of an actor, found 'nobody'",
        "topics.yaml:4: expected one of strong, medium, weak, not, against in phrases, found 'stronk'",
        "topics.yaml:5: expected threshold as a number, found 'much'",
    ):
        assert part in told, told


def test_a_file_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"actors\.yaml:3: expected YAML"):
        load_catalogue(own_folder(tmp_path, actors="actors:\n  acme: [unclosed\n"))


def test_the_built_in_files_hold_no_mistake_and_no_stray_target(catalogue: Catalogue) -> None:
    targets = {phrase.actor for phrase in catalogue.phrases if phrase.actor}

    assert targets <= set(catalogue.actors)


def test_aliases_worth_a_second_look_are_told(tmp_path: Path) -> None:
    folder = own_folder(
        tmp_path,
        actors="actors:\n  acme:\n    names: [Niger Acme, Wagner, Government, Patrick]\n",
    )
    catalogue = load_catalogue(folder)

    found = {(one.alias.text, one.finding) for one in check_aliases(catalogue, catalogue.aliases_of("acme"))}

    assert ("Niger Acme", "contains") in found
    assert ("Wagner", "collides") in found
    assert ("Government", "ordinary word") in found
    assert ("Patrick", "given name") in found
