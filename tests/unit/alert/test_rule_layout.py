"""Rules that are laid out alike are read by their layout, and are the rules that YAML reads."""

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.alert import rule_layout
from services.alert.rule import Rule
from services.alert.rule_chunks import chunks_of
from services.alert.rule_file import Problem, RuleFile
from services.alert.rule_layout import FrameReader, frame_of, layout_of
from services.alert.rule_parser import RuleParser
from services.alert.rule_reading import RuleReader
from tests.unit.alert.given_alerts import NAMES

# Each line of a rule is one of these, with a value of its own in each rule.
LINES = (
    "    when: {}", "    title: {}", '    title: "{}"', "    title: '{}'", "    description: {}", "    within: {}",
    "    description: |\n      {}", "    description: |+\n      {}\n\n",
    "    description: |\n      key: {}", "    description: >-\n      - {}\n      more",
    "    title: first\n      key: {}", '    title: "one\n      two: {}"', "    # see: {}", "    tags: [{}, b]",
    "    tags:\n      - {}\n      - b", "    tags: [\n      a,\n      - {}\n    ]", "    where: {{languages: {}}}",
    "    where:\n      max_age: {}", "    where: {{\n      languages: {}\n    }}", "    cooldown: {}",
    "    severity: {}",
    "    tests:\n      - fires: {}", "    tests:\n      - fires: {}\n        at: {}\n      - silent: 'x'", "    {}: x",
    "    mute:\n      until: {}", "    quiet:\n      hours: {}\n      zone: {}", "    wen: {}", "    shadow: {}",
    "    at_least:\n      mentions:\n        Niger: {}", "    ? title\n    : {}", "    title: !!str {}", "    id: {}",
    "    over:\n      origins: {}\n      window: {}", "    over: {{origins: 3, window: '6h'}}",
    "    weights: {{threshold: 2, points: {{Niger: 1, Chad: '1'}}}}", "    at_least: {{mentions: {{Niger: '2'}}}}",
    "    spike: {{window: 1h, baseline: 7d, learn: '2d'}}", "    quiet: {{hours: '22:00-06:00', zone: 'UTC'}}",
    "    mute: {{until: '2030-01-01T00:00Z'}}", "    tags: [a, b]", "    where: {{languages: [en], max_age: '3d'}}",
    "    weights:\n      threshold: {}\n      points:\n        Niger: {}",
)  # fmt: skip
VALUES = (
    "Niger", "Mali and Chad", "Mali and (coup or Burkina Faso)", '"oil" and Niger', 'Niger and "oil"', "(Mali)",
    "x: y", "x:y", "x:", "x :", "a # b", "a#b", "#", "a ", " a", "a, b", "[a]", "{a: b}", "a]", "]", "", "~", "null",
    "it's", "it''s", 'say \\"x\\"', "a\\nb", "back\\slash", "|", ">", "- a", "-a", "? a", "&a b", "*a", "!t a", "%a",
    "@a", "`a", "---", "...", "a\tb", "\ta", "a\u2028b", "a\x85b", "a\u00a0b", "a\u00a0", "a\x07b", "\ufeffa", "😀 a",
    "\ue0000\ue000", "a\n      b", "a\n    b: c", "a\n\n    # b", "en", "30d", "high", "true", "2", "sentence",
    "x" * 1500,
    "22:00-06:00", "UTC", "2030-01-01T00:00Z", "Nigr", "“oil” and Mali", "ordinary words, and more of them", "é",
)  # fmt: skip


@st.composite
def rule_files(draw: st.DrawFn) -> str:
    """Return a file of some rules that are right but perhaps for a line or two, with the same lines in each."""
    lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True))
    values = st.sampled_from(VALUES)
    usual, rules = [draw(values) for _ in lines], []
    for number in range(3):
        rules += [f"  - id: r{number}", f"    when: {draw(st.sampled_from(VALUES[:6]))}"]
        for line, value in zip(lines, usual, strict=True):
            rules.append(line.format(*[value if draw(st.integers(0, 3)) else draw(values)] * line.count("{}")))
    return "rules:\n" + "\n".join(rules) + "\n"


CURLY = {ord("["): "{", ord("]"): "}"}


def as_a_whole(text: str) -> tuple[list[Rule], list[Problem]]:
    """Return the rules of a file, and what is wrong with them, without any way round."""
    reader, file = RuleReader(NAMES), RuleFile("a.yaml", text)
    root = file.root()
    return list(reader._rules(file, *reader._contents(file, root))) if root else [], sorted(file.problems)


def everything(rules: list[Rule]) -> list[tuple[object, ...]]:
    """Return what rules are compared by, with what decides nothing."""
    return [(rule, rule.version, rule.line, rule.file, rule.tests) for rule in rules]


def a_file(*lines: str) -> str:
    """Return a file of two rules with these lines, which differ by their `{}`."""
    first, second = ("".join(f"    {line}\n" for line in lines).format(*[one] * 3) for one in ("one", "two"))
    return f"rules:\n  - id: a\n    when: Niger\n{first}  - id: b\n    when: Mali\n{second}"


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rule_files())
@example(a_file("tests: [{{", "  fires: {}, not", "  }}]"))
@example(a_file("title: {} "))
@example(a_file('title: "a\u2028b {}"'))
@example(a_file('title: "a\x85b {}"'))
@example(a_file("description: |", "  key: {}", "  - {}"))
@example(a_file("description: all", "  of: {}"))
@example(a_file("description: all", "  of -", "  - {}"))
@example(a_file('description: "all', "  of: {}", '  it"'))
@example(a_file("description: {}", "  and more"))
@example(a_file("tests:", "  - fires: {}", "    - {}"))
@example(a_file("title: {}", "weights: [threshold: 2, points: [Niger: 1, Chad: '1']]").translate(CURLY))
@example(a_file("title: {}", "at_least: [mentions: [Niger: '2']]", "over: [origins: 3, window: '6h']").translate(CURLY))
@example(
    a_file("title: {}", "mute: [until: '2030-01-01T00:00Z']", "spike: [window: 1h, baseline: '7d']").translate(CURLY)
)
@example(a_file("tests:", "  - fires: {}", "    fires: fixed"))
@example(a_file("tests:", "  fires: {}"))
@example(a_file("tests:", "  - fires: {}", "    line: {}"))
@example(a_file("tests:", "  - timeline:", "      - fires: {}"))
@example(a_file("tests:", "  -  fires: {} # why", "  - silent: '{}'", "  # or: {}"))
def test_a_layout_gives_what_yaml_gives(text: str) -> None:
    file = RuleFile("a.yaml", text)

    rules = list(RuleReader(NAMES).read(file))

    wanted, problems = as_a_whole(text)
    assert sorted(file.problems) == problems
    if not problems:
        assert everything(rules) == everything(wanted)


@st.composite
def texts_of_a_frame(draw: st.DrawFn) -> list[str]:
    """Return texts of a rule with the same lines, which need not be YAML, and other values."""
    lines = "\n".join(draw(st.lists(st.sampled_from((*LINES, *QUOTES)), min_size=1, max_size=3)))
    values = st.one_of(st.sampled_from(VALUES), st.text("ab: '\"-(#\\", max_size=6))
    return [lines.format(*[draw(values) for _ in range(lines.count("{}"))]) for _ in range(4)]


# Before a value, a quote may begin one with it when the value ends with the same quote.
QUOTES = (
    "    - 'k: {}", '    - "k: {}', "    title: \"{}'", "    'a': {}", '    a: "b": {}', "    a: 'b': '{}'", "- - {}",
)  # fmt: skip


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts_of_a_frame())
@example(["  - 'k: b", "  - 'k: b'"])
@example(['  - "k: b', '  - "k: b"'])
@example(["  title: first", "  title: first\n  more: second", "  title: "])
def test_values_are_taken_out_alike_whatever_came_before(texts: list[str]) -> None:
    reader = FrameReader()

    assert [reader.read(text) for text in texts] == [frame_of(text) for text in texts]


def test_a_text_like_the_one_before_is_not_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def counted(text: str) -> object:
        looked_at.append(text)
        return frame_of(text)

    monkeypatch.setattr(rule_layout, "frame_of", counted)
    reader = FrameReader()
    texts = ["- id: a\n  title: \"one 'and' more\"\n  tests:\n    - fires: 'x'\n  tags: [a, b]"] * 2
    texts += [text.replace("one", "two (2)").replace("id: a", "id: b") for text in texts]
    for text in (*texts, "- id: a", "- id: b"):
        reader.read(text)

    assert looked_at == [texts[0], "- id: a"]


SAYS = """\
  - id: r{number}
    title: "{title}"
    description: {title}, on http:{number}
    when: {when}
    within: {within}
    severity: {severity}
    tests:
      - fires: '{title}'
        at: {number}
      - silent: "nothing"
"""


def test_of_rules_after_a_pattern_only_what_differs_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed are the first, the first of a severity or scope, and what names a group or has a mistake."""
    parsed: list[int] = []
    parse = RuleParser.parse

    def counted(self: RuleParser, node: yaml.Node) -> Rule:
        parsed.append(self.file.line_of(1) // 10)
        return parse(self, node)

    monkeypatch.setattr(RuleParser, "parse", counted)
    given = [
        ("one", "Niger", "sentence", "low"), ("two", "Mali and coup", "sentence", "low"),
        ("a  b", 'Mali or "oil"', "sentence", "high"), ("four", "Niger", "2 sentences", "low"),
        ("five", "coup  and Chad", "2 sentences", "high"), ("six", "sahel", "sentence", "low"),
        ("seven", "Nigr", "sentence", "low"), ("eight", "Niger", "senten", "low"), ("nine", "Chad", "sentence", "high"),
    ]  # fmt: skip
    text = "rules:\n" + "".join(
        SAYS.format(number=number, title=title, when=when, within=within, severity=severity)
        for number, (title, when, within, severity) in enumerate(given)
    )
    file = RuleFile("a.yaml", text)

    rules = list(RuleReader(NAMES).read(file))

    assert [one for one in parsed if one >= 0][:6] == [0, 2, 3, 5, 6, 7]
    wanted, problems = as_a_whole(text)
    assert sorted(file.problems) == problems
    assert len(problems) == 2
    good = [number for number in range(len(given)) if number not in (6, 7)]
    assert everything([rules[number] for number in good]) == everything([wanted[number] for number in good])


def test_rules_of_one_layout_are_read_by_it() -> None:
    """Whatever differs between rules in practice is a value; no rule of these needs YAML's own parse."""
    text = "rules:\n" + "".join(
        f"""
  - id: r{number}
    # why: {title}
    title: "Niger: {number} of {title}"
    when: Niger and (coup or "{title}") and not Chad
    within: {within}
    where: {{languages: [en, fr], zones: [title]}}
    description: {title}, on http:{number}
    tags: [sahel]
    tests:
      - fires: 'Niger, "{title}"'
"""
        for number, (title, within) in enumerate([("oil", "sentence"), ("gold", "2 sentences"), ("it’s", "article")])
    )

    frames = [frame_of(chunk.text)[0] for chunk in chunks_of(text)[1]]

    assert len(set(frames)) == 1
    assert layout_of(frames[0]) is not None
    file = RuleFile("a.yaml", text)
    assert everything(list(RuleReader(NAMES).read(file))) == everything(as_a_whole(text)[0])
    assert not file.problems
