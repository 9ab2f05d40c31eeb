"""What the API says of rules."""

from pydantic import AwareDatetime, BaseModel, Field


class RuleDraft(BaseModel):
    """Rules as YAML, as they stand in a file of the watch folder."""

    yaml: str = Field(max_length=500_000)


class RuleText(RuleDraft):
    """One rule as YAML: `rules:` with one element."""


class RuleDetail(BaseModel):
    """A rule, and where it stands."""

    id: str
    title: str
    description: str
    when: str
    severity: str
    tags: list[str]
    version: str  # hash of its content
    file: str
    line: int
    tests: int
    is_muted: bool
    is_shadow: bool
    is_alone: bool  # no other rule stands in its file
    yaml: str
    writable: bool = False


class RuleList(BaseModel):
    """All rules."""

    rules: list[RuleDetail]
    writable: bool


class RuleProblem(BaseModel):
    """A mistake in a draft; line and column count from 1."""

    line: int
    column: int
    message: str
    source: str


class RuleWarning(BaseModel):
    """Something to look at in a draft."""

    rule: str
    line: int
    message: str


class RulesChecked(BaseModel):
    """What is wrong and what is doubtful."""

    valid: bool
    rules: list[RuleDetail]
    problems: list[RuleProblem]
    warnings: list[RuleWarning]


class RuleTest(BaseModel):
    """What came of one test."""

    rule: str
    name: str
    passed: bool
    detail: str
    line: int


class RulesTested(BaseModel):
    """What came of all tests."""

    passed: bool
    results: list[RuleTest]


class SeenTerm(BaseModel):
    """A place where a term stands."""

    term: str
    sentence: int  # 0 is the title
    start: int
    end: int
    text: str
    zone: str


class ClauseVerdict(BaseModel):
    """One clause: whether it is true, where it stands, and how near it came."""

    clause: str
    is_true: bool
    seen: list[SeenTerm]
    miss: str
    parts: list["ClauseVerdict"]


class RuleExplained(BaseModel):
    """What a rule says of the article."""

    rule: str
    title: str
    when: str
    severity: str
    version: str
    holds: bool
    filters: list[ClauseVerdict]
    condition: ClauseVerdict
    quotes: list[str]
    misses: list[str]
    outcome: str
    states: dict[str, int]


class ExplainedMention(BaseModel):
    """A mention of an actor; offsets are code points of the title (zone "title") or of the text."""

    actor: str
    kind: str
    text: str
    start: int
    end: int
    zone: str


class ExplainedArticle(BaseModel):
    """The article that was read."""

    title: str
    text: str
    language: str | None
    site: str | None
    published: str | None
    mentions: list[ExplainedMention]


class Explained(BaseModel):
    """What rules say of a text: those that hold first, then the nearest."""

    article: ExplainedArticle
    rules: list[RuleExplained]


class BacktestDay(BaseModel):
    """Alerts of one day, and those of the rule in force."""

    day: str
    alerts: int
    before: int | None


class BacktestExample(BaseModel):
    """One alert that would have rung."""

    alert: str
    at: AwareDatetime
    title: str
    quote: str


class RuleBacktested(BaseModel):
    """What one rule would have done."""

    rule: str
    alerts: int
    before: int | None  # of the rule in force; null: there is none
    a_day: float
    is_noisy: bool
    states: dict[str, int]
    days: list[BacktestDay]
    examples: list[BacktestExample]


class BacktestChange(BaseModel):
    """Titles that a draft gains and loses."""

    rule: str
    gained: list[str]
    lost: list[str]


class BacktestFound(BaseModel):
    """What a draft would have done with the articles of the past."""

    articles: int
    first_at: AwareDatetime | None
    last_at: AwareDatetime | None
    rules: list[RuleBacktested]
    changes: list[BacktestChange]
