"""Random rules and random articles, by seed: every construct of the language, and articles that nearly satisfy them."""

from random import Random

from schemas import Source, TaggedArticle
from tests.unit.alert.given_alerts import ACTORS, TOPICS, a_tagged_article

FILLER = (
    "the",
    "envoy",
    "said",
    "that",
    "oil",
    "new",
    "talks",
    "would",
    "open",
    "soon",
    "in",
    "joint drill",
    "U.S. aid",
)
NAMES = ("Niger", "Russia", "Mali", "France", "Chad", "Wagner", "Burkina Faso", "Ghana", "military", "sport", "coup")
PHRASES = ('"joint drill"', '"oil"', '"talks would"', '"u.s. aid"')
SCOPES = ("sentence", "2 sentences", "3 sentences", "paragraph", "article")
WORDS = (*ACTORS, *(word for words in TOPICS.values() for word in words))


def a_random_article(dice: Random) -> TaggedArticle:
    paragraphs = []
    for _ in range(dice.choice((1, 2, 4, 8, 30))):
        sentences = []
        for _ in range(dice.randint(1, 3)):
            words = [
                dice.choice(WORDS) if dice.random() < 0.25 else dice.choice(FILLER) for _ in range(dice.randint(2, 9))
            ]
            sentences.append(" ".join(words).replace(".", "") + ".")
        paragraphs.append(" ".join(sentences))
    source = Source(
        id=dice.choice(("a", "b", "push")), tier=dice.choice((None, 1, 2)), country=dice.choice((None, "NER", "FRA"))
    )
    return a_tagged_article(
        "\n\n".join(paragraphs),
        title=" ".join(dice.choice(WORDS + FILLER) for _ in range(dice.randint(0, 5))),
        source=source,
        language=dice.choice((None, "en", "fr")),
    )


def a_random_rule(dice: Random, id: str) -> str:
    """Return the YAML of a rule."""
    lines = [f"id: {id}"]
    scope = dice.choice((None, None, *SCOPES, "4 words"))
    if scope == "4 words":
        condition = " and ".join(_name_or_choice(dice) for _ in range(dice.randint(2, 3)))
    else:
        condition = _needed(dice) + "".join(f" and {_clause(dice, 2)}" for _ in range(dice.randint(0, 3)))
    if dice.random() < 0.3:
        condition += f" and not {_clause(dice, 1)}"
    lines.append(f"when: '{condition}'")
    if scope:
        lines.append(f"within: {scope}")
    where = [
        text
        for text, odds in (
            (f"languages: [{dice.choice(('en', 'fr', 'en, fr'))}]", 0.15),
            (f"sources: {{{dice.choice(('tier: [1]', 'ids: [a, b]', 'countries: [NER]', 'not: [a]'))}}}", 0.15),
            (f"zones: [{dice.choice(('title', 'lede', 'title, lede', 'body'))}]", 0.15),
        )
        if dice.random() < odds
    ]
    if where:
        lines.append("where: {" + ", ".join(where) + "}")
    if dice.random() < 0.15:
        lines.append(f"at_least: {{mentions: {{{dice.choice(NAMES)}: {dice.randint(1, 3)}}}}}")
    if dice.random() < 0.15:
        points = ", ".join(f"{name}: {dice.choice((1, 2, 3, -2))}" for name in dice.sample(NAMES, 4))
        lines.append(
            f"weights: {{threshold: {dice.randint(1, 3)}, points: {{Niger: 3, {points}}}}}".replace(
                "Niger: 3, Niger", "Niger"
            )
        )
    return "\n".join(_each_name_once(line) for line in lines)


def _each_name_once(line: str) -> str:
    """Drop a second `Niger: …` from points: keys stand once."""
    if not line.startswith("weights") or line.count("Niger: ") < 2:
        return line
    head, _, tail = line.partition("Niger: 3, ")
    return head + tail if "threshold: 3" not in head and any(f": {n}" in tail for n in "23") else head + "Niger: 3}}"


def _needed(dice: Random) -> str:
    return dice.choice((dice.choice(NAMES), dice.choice(NAMES), _choice(dice), dice.choice(PHRASES)))


def _choice(dice: Random) -> str:
    return f"any of ({', '.join(dice.sample(NAMES, dice.randint(2, 4)))})"


def _name_or_choice(dice: Random) -> str:
    return dice.choice((dice.choice(NAMES), dice.choice(NAMES), f"({' or '.join(dice.sample(NAMES, 2))})"))


def _clause(dice: Random, depth: int) -> str:
    roll = dice.random()
    if depth == 0 or roll < 0.4:
        return _needed(dice)
    if roll < 0.55:
        return f"({_clause(dice, depth - 1)} or {_clause(dice, depth - 1)})"
    if roll < 0.65:
        return f"({_clause(dice, depth - 1)} and {_clause(dice, depth - 1)})"
    if roll < 0.72:
        return f"not {_clause(dice, depth - 1)}"
    if roll < 0.85:
        return f"({_clause(dice, depth - 1)} and {_clause(dice, depth - 1)}) within {dice.choice(SCOPES)}"
    if roll < 0.92:
        return f"2 of ({', '.join(_clause(dice, depth - 1) for _ in range(3))})"
    return f"({dice.choice(NAMES)} and {_name_or_choice(dice)}) within {dice.randint(1, 6)} words"
