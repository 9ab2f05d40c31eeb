"""topics.yaml: topics as weighted phrases with exclusions, in English and French. Text in, topics and mistakes out."""

import re

import yaml

from services.tag.braces import expand
from services.tag.catalogue import Topic, TopicPhrase
from services.tag.lined_yaml import Reader
from services.tag.mistakes import Mistakes

_TOPIC_FIELDS = ("name", "threshold", "per_1000_words", "en", "fr", "any")
_LIST_FIELDS = ("strong", "medium", "weak", "not", "against")
WEIGHTS = {"strong": 2.0, "medium": 1.0, "weak": 0.5, "not": 0.0, "against": -0.5}
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def parse_topics(text: str, file: str, mistakes: Mistakes) -> dict[str, Topic]:
    """Return id → topic of the text of a topics.yaml; everything wrong in it is noted in `mistakes`."""
    read = Reader(file, mistakes)
    root = read.root(text)
    found: dict[str, Topic] = {}
    if root is None:
        return found
    for _, node in read.fields(root, "the file", ("topics",)):
        for some_id, entry in read.fields(node, "topics"):
            if _ID.match(some_id):
                found[some_id] = _topic(read, some_id, entry)
            else:
                read.wrong(entry, f"expected an id like military or mining-uranium, found '{some_id}'")
    return found


def _topic(read: Reader, some_id: str, node: yaml.Node) -> Topic:
    names = {"en": some_id, "fr": some_id}
    numbers = {"threshold": 2.0, "per_1000_words": 3.0}
    phrases: list[TopicPhrase] = []
    for key, value in read.fields(node, f"topic {some_id}", _TOPIC_FIELDS):
        if key == "name":
            names.update({lang: read.text(name, "name") for lang, name in read.fields(value, "name", ("en", "fr"))})
        elif key in numbers:
            numbers[key] = read.number(value, key)
        else:
            phrases.extend(_phrases(read, some_id, value, "" if key == "any" else key))
    if not any(phrase.weight > 0 for phrase in phrases):
        read.wrong(node, f"expected phrases in topic {some_id}, found none")
    return Topic(id=some_id, names=names, phrases=tuple(phrases), **numbers)


def _phrases(read: Reader, topic: str, node: yaml.Node, language: str) -> list[TopicPhrase]:
    found = []
    for key, value in read.fields(node, "phrases", _LIST_FIELDS):
        for item in read.items(value, key):
            for phrase in expand(read.text(item, "phrase")):
                found.append(TopicPhrase(text=phrase, topic=topic, weight=WEIGHTS[key], language=language))
    return found
