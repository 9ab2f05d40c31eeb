"""TaggedArticle → alerts: which rules hold, and what becomes of each: an alert, an update, or a reason for silence.

What must stay true: `decide` depends on nothing but its arguments, so that a live run, a test with a virtual clock and
a backtest of the same articles give the same alerts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas import AlertStory, TaggedArticle
from services.alert.alert_event import age_of, alert_event, alert_id
from services.alert.article_view import ArticleView
from services.alert.candidate import Candidate, Match, Outcome, ring_key
from services.alert.costs import Costs
from services.alert.evaluate import holds
from services.alert.evidence import evidence_of
from services.alert.ledger import State
from services.alert.memory import Memory, Record
from services.alert.origins import Joined, join_story, other_names
from services.alert.page_stories import page_record, story_key, story_told
from services.alert.retractions import RING_KEPT_FOR, page_key, remember, retractions, with_page
from services.alert.rule import Over, Rule
from services.alert.rulebook import Rulebook
from services.alert.sketch import sketch_of
from services.alert.stories import KEPT_FOR, Leader, StoryIndex, story_id
from services.alert.windows import Sightings, as_known_now, is_cooling, is_muted, see, see_spike


@dataclass
class Decision:
    """What a batch of candidates comes to: outcomes by candidate, and texts to remember as leaders."""

    outcomes: list[tuple[Outcome, ...]] = field(default_factory=list)
    leaders: list[Leader] = field(default_factory=list)


def matches(tagged: TaggedArticle, rulebook: Rulebook, costs: Costs | None = None) -> list[Match]:
    """Return the rules that hold for an article, with their evidence, by id; what they took is added to `costs`."""
    view = rulebook.view(tagged)
    return list(matches_of(rules_for(tagged, view, rulebook, costs), tagged, view, costs))


def matches_of(
    rules: Sequence[Rule], tagged: TaggedArticle, view: ArticleView, costs: Costs | None = None
) -> tuple[Match, ...]:
    """Return rules that are known to hold with their evidence."""
    found = []
    for rule in rules:
        begun = costs.timer() if costs else 0.0
        found.append(Match(rule, evidence_of(rule, tagged, view)))
        if costs:
            costs.add(rule.id, costs.timer() - begun, candidates=1, hits=1)
    return tuple(found)


def rules_for(tagged: TaggedArticle, view: ArticleView, rulebook: Rulebook, costs: Costs | None = None) -> list[Rule]:
    """Return the rules that hold; a canary page sees the reserved rule only, and the reserved rule only canaries."""
    if tagged.article.canary:
        return [rule for rule in (rulebook.canary,) if rule is not None and holds(rule, view)]
    return rulebook.index.match([view], costs)[0]


def match_article(tagged: TaggedArticle, rulebook: Rulebook) -> list[dict[str, Any]]:
    """Return the rules that hold with their quotes, as plain data; knows no time, no story and no cooldown."""
    return [
        {
            "rule": match.rule.id,
            "evidence": [
                {"quote": one.quote, "start": one.start, "end": one.end, "zone": one.zone} for one in match.evidence
            ],
        }
        for match in matches(tagged, rulebook)
    ]


def candidate_of(tagged: TaggedArticle, rulebook: Rulebook, costs: Costs | None = None) -> Candidate | None:
    """Return an article as a candidate, or None when no rule holds for it."""
    found = matches(tagged, rulebook, costs)
    return Candidate(tagged, tuple(found), sketch_of(tagged), rulebook.rules) if found else None


def edit_of(tagged: TaggedArticle, rulebook: Rulebook) -> Candidate | None:
    """Return an article that no rule holds for as what may be an edit of a page that rang; None when it cannot be."""
    if page_key(tagged.article) is None or tagged.article.canary:
        return None
    return Candidate(tagged, rules=rulebook.rules)


def decide(candidates: Sequence[Candidate], memory: Memory, stories: StoryIndex, now: datetime) -> Decision:
    """Return what becomes of some articles, one after the other; records are written to `memory`, none to `stories`."""
    decision = Decision()
    fresh = StoryIndex(parent=stories)
    for candidate in candidates:
        known = len(fresh.leaders)
        taken_back = tuple(retractions(candidate, memory, now))
        decision.outcomes.append((*_decide_one(candidate, memory, fresh, now), *taken_back))
        decision.leaders += fresh.leaders[known:]
    return decision


def _decide_one(candidate: Candidate, memory: Memory, stories: StoryIndex, now: datetime) -> tuple[Outcome, ...]:
    tagged, sketch = candidate.tagged, candidate.sketch
    if sketch is None:
        return ()
    if tagged.article.canary:
        return tuple(_canary(match, tagged, now) for match in candidate.matches)
    if all(_is_stale(match.rule, tagged, now) for match in candidate.matches):
        return tuple(Outcome(match.rule.id, State.STALE) for match in candidate.matches)
    key = story_key(tagged.article)
    page = memory.get(key, now) if key else None
    told = story_told(page, tagged.article)
    found = stories.find(sketch, now)
    if told and found and found.leader.story != told:
        found = None
    story = told or (found.leader.story if found else story_id(sketch.page))
    joined = join_story(memory.get(f"story:{story}", now), sketch, found, is_told_on=told is not None)
    memory.put(f"story:{story}", joined.record, now, KEPT_FOR * 2)
    if key:
        memory.put(key, page_record(page, tagged.article, story), now, KEPT_FOR * 2)
    if joined.is_new_text:
        stories.add(Leader(story, sketch, now))
    at = sketch.event_at.timestamp()
    return tuple(_Ringing(candidate, match, story, joined, memory, now, at).outcome() for match in candidate.matches)


def _is_stale(rule: Rule, tagged: TaggedArticle, now: datetime) -> bool:
    """Return whether a rule wants a younger article; one without a date is not young."""
    if rule.where.max_age is None:
        return False
    age = age_of(tagged.article, now)
    return age is None or age > rule.where.max_age


def _canary(match: Match, tagged: TaggedArticle, now: datetime) -> Outcome:
    """Return the canary's event: a story and an alert of its own for each page."""
    story = AlertStory(id=story_id(tagged.article.id))
    id = alert_id(match.rule, story.id)
    event = alert_event(match.rule, tagged, match.evidence, story=story, id=id, because=match.rule.when, now=now)
    return Outcome(match.rule.id, State.CANARY, id, story.id, event)


@dataclass
class _Ringing:
    """One rule and one article on the way to an outcome."""

    candidate: Candidate
    match: Match
    story: str
    joined: Joined
    memory: Memory
    now: datetime
    at: float  # event time

    def __post_init__(self) -> None:
        self.rule = self.match.rule
        self.version = f"{self.rule.id}:{self.rule.version}"
        self.because = self.rule.when or "weights"
        self.names = other_names(self.joined.record)

    def outcome(self) -> Outcome:
        """Return what becomes of the rule for this article, and remember it."""
        rule, now = self.rule, self.now
        if _is_stale(rule, self.candidate.tagged, now):
            return Outcome(rule.id, State.STALE)
        window = self._reached()
        key = ring_key(rule.id, rule.version, self.story)
        ring = self.memory.get(key, now)
        origins = len(self.joined.record["origins"])
        if ring is not None and origins <= ring["origins"] and not ring.get("is_retracted"):
            self._remember(key, ring)
            return Outcome(rule.id, State.DUPLICATE, ring["id"], self.story)
        if ring is None and window is None:
            return Outcome(rule.id, State.BELOW_THRESHOLD, None, self.story)
        if is_muted(rule, now):
            return Outcome(rule.id, State.MUTED, ring["id"] if ring else None, self.story)
        if ring is None and self._is_cooling():
            return Outcome(rule.id, State.SUPPRESSED_BY_COOLDOWN, None, self.story)
        id = ring["id"] if ring else alert_id(rule, self.story, window or "")
        revision = ring["revision"] + 1 if ring else 1
        pages = ring.get("pages", []) if ring else []
        self._remember(key, {"id": id, "revision": revision, "origins": origins, "pages": pages})
        if rule.is_shadow:
            return Outcome(rule.id, State.SHADOW, id, self.story)
        story = AlertStory(id=self.story, pages=self.joined.record["pages"], origins=origins, revision=revision)
        event = alert_event(
            rule, self.candidate.tagged, self.match.evidence, story=story, id=id, because=self.because, now=now
        )
        return Outcome(rule.id, State.UPDATED if ring else State.RANG, id, self.story, event)

    def _remember(self, key: str, ring: Record) -> None:
        """Remember the alert with this page, and this page with the alert."""
        article = self.candidate.tagged.article
        self.memory.put(key, with_page(ring, article), self.now, RING_KEPT_FOR)
        remember(self.memory, article, self.match, self.story, self.now)

    def _reached(self) -> str | None:
        """Count this article in the rule's window and spike; return the window's name, or None when not reached."""
        over, spike = self.rule.over, self.rule.spike
        names: list[str | None] = []
        if over is not None:
            key = f"over:{self.version}" + (f":{self.story}" if over.per_story else "")
            record = self.memory.get(key, self.now) or {}
            is_reached, record = self._seen(record, over)
            self.memory.put(key, record, self.now, over.window * 2 + KEPT_FOR)
            if not is_reached:
                names.append(None)
            else:
                names.append(f"over:{int(self.at // over.window.total_seconds())}")
                self.because += f"; {over.origins} independent origins within {over.window}"
        if spike is not None:
            key = f"spike:{self.version}"
            record = dict(self.memory.get(key, self.now) or {})
            looked_at = self.candidate.tagged.article.fetched_at.timestamp()
            why = see_spike(
                record, self.joined.origin, self.at, spike, looked_at=looked_at, story=self.story, names=self.names
            )
            self.memory.put(key, record, self.now, spike.baseline * 2 + KEPT_FOR)
            names.append(why and f"spike:{int(self.at // spike.window.total_seconds())}")
            self.because += f"; {why}" if why else ""
        return None if None in names else " ".join(name or "" for name in names)

    def _seen(self, record: Record, over: Over) -> tuple[bool, Record]:
        """Return whether a window is reached, and its record with this article and the origins the story has now."""
        seen: Sightings = [(at, origin, story) for at, origin, story in record.get("sightings", ())]
        seen = as_known_now(seen, self.story, self.names)
        is_reached = see(seen, self.joined.origin, self.at, over, self.story)
        return is_reached, {"sightings": seen}

    def _is_cooling(self) -> bool:
        """Return whether the cooldown holds; when it does not, it begins now."""
        cooldown = self.rule.cooldown
        if cooldown is None:
            return False
        key = f"cool:{self.version}"
        marks: dict[str, float] = dict((self.memory.get(key, self.now) or {}).get("marks", {}))
        actors = ",".join(sorted({s.actor for one in self.match.evidence for s in one.spans if s.actor}))
        if is_cooling(marks, actors, self.at, cooldown):
            return True
        marks[actors] = self.at
        newest = dict(sorted(marks.items(), key=lambda mark: mark[1])[-MOST_MARKS:])
        self.memory.put(key, {"marks": newest}, self.now, cooldown + KEPT_FOR)
        return False


MOST_MARKS = 256  # sets of actors a rule's cooldown tells apart
