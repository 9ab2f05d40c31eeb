"""Topics: phrases, exclusions, density, and the phrases as evidence."""

import pytest

from tests.unit.tag.conftest import Tag

HITS = [
    ("military", "en", "The junta signed a military cooperation agreement with Moscow."),
    ("military", "fr", "L'armée malienne a repris la ville après des frappes aériennes."),
    ("coup", "en", "Soldiers seized power in a military coup overnight."),
    ("coup", "fr", "Le putsch a renversé le président."),
    ("sanctions", "en", "The EU imposed new sanctions on two banks."),
    ("sanctions", "fr", "La CEDEAO décide la levée des sanctions économiques."),
    ("terrorism", "en", "Suspected jihadists killed 12 in a suicide bombing."),
    ("terrorism", "fr", "L'attaque terroriste a fait dix morts."),
    ("protest", "en", "Police fired tear gas at protesters."),
    ("protest", "fr", "Des milliers de manifestants ont défilé."),
    ("election", "en", "Polling stations opened for the presidential election."),
    ("election", "fr", "La commission électorale publie les résultats."),
    ("diplomacy", "en", "The foreign minister summoned the ambassador."),
    ("diplomacy", "fr", "Le ministre des Affaires étrangères reçoit son homologue."),
    ("mining-uranium", "en", "Orano lost control of the uranium mine."),
    ("mining-uranium", "fr", "Le code minier change pour les mines d'or."),
    ("energy", "en", "Oil prices rose as the pipeline shut."),
    ("energy", "fr", "Le gazoduc est à l'arrêt."),
    ("migration", "en", "Asylum seekers were moved from the refugee camp."),
    ("migration", "fr", "Les migrants attendent les passeurs."),
    ("disaster", "en", "The earthquake left thousands homeless."),
    ("disaster", "fr", "Les inondations ont fait vingt morts."),
    ("epidemic", "en", "A cholera outbreak has killed 40."),
    ("epidemic", "fr", "L'épidémie de rougeole progresse."),
]
MISSES = [
    ("military", "en", "An army of volunteers cleared the beach."),
    ("military", "en", "The Salvation Army needs bell ringers."),
    ("military", "en", "The trade war hit soybean farmers."),
    ("military", "en", "General election results are due on Friday."),
    ("military", "fr", "L'Armée du salut distribue des repas."),
    ("military", "fr", "Il a suivi les cours en général."),
    ("coup", "en", "It was quite a coup for the small gallery."),
    ("sanctions", "fr", "Le club risque des sanctions disciplinaires."),
    ("protest", "en", "The rally driver crashed on the last stage."),
    ("mining-uranium", "en", "She won a gold medal."),
    ("energy", "en", "Fry the onion in olive oil."),
    ("epidemic", "en", "The computer virus spread by email."),
    ("disaster", "en", "A storm of protest met the proposal."),
]


@pytest.mark.parametrize(("topic", "language", "text"), HITS)
def test_a_topic_is_found_by_its_phrases(tag: Tag, topic: str, language: str, text: str) -> None:
    hits = {hit.topic: hit for hit in tag(text, language=language).topics}

    assert topic in hits
    assert hits[topic].spans
    assert all(text[span.start : span.end] == span.text for span in hits[topic].spans)


@pytest.mark.parametrize(("topic", "language", "text"), MISSES)
def test_a_topic_is_not_found_in_a_phrase_that_only_sounds_like_it(
    tag: Tag, topic: str, language: str, text: str
) -> None:
    assert topic not in {hit.topic for hit in tag(text, language=language).topics}


def test_one_word_in_a_long_text_is_not_a_topic(tag: Tag) -> None:
    text = "The old army barracks is now a theatre. " + "The cast sang and the crowd clapped. " * 60

    assert tag(text).topics == ()


def test_sport_speaks_against_the_military(tag: Tag) -> None:
    text = "The striker led the attack, the midfielder the defence, and the goalkeeper won the battle at the stadium. "

    assert "military" not in {hit.topic for hit in tag(text * 6).topics}


def test_a_strong_phrase_in_the_lede_is_enough(tag: Tag) -> None:
    rest = "The visitors toured the market and the new school. " * 60
    lede = "Niger and Russia agreed on military cooperation on Monday.\n\n"

    assert "military" in {hit.topic for hit in tag(lede + rest).topics}
    assert "military" in {hit.topic for hit in tag(rest, title="Niger and Russia agree on military cooperation").topics}
    assert "military" not in {hit.topic for hit in tag(rest + lede).topics}


def test_weak_words_alone_are_no_topic(tag: Tag) -> None:
    text = "The attack on the network was an attack on the security of data, and security is a conflict. " * 3

    assert "military" not in {hit.topic for hit in tag(text).topics}


def test_a_word_that_comes_back_is_one_word(tag: Tag) -> None:
    text = "She ran well. " * 130 + "She drew a soldier and soldiers, the soldiers of a play. " * 3

    assert "military" not in {hit.topic for hit in tag(text).topics}


def test_an_accent_that_the_phrase_lacks_makes_another_word(tag: Tag) -> None:
    assert tag("Le studio est basé à Lyon, et l'autre, basé à Nice, est fermé.", language="fr").topics == ()
