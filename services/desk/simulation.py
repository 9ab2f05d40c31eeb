"""The alerter in one process, under a clock that is handed in: for tests, backtests and explanations; sends nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from schemas import TaggedArticle
from services.alert.adapters.leaders import leader_from_json, leader_to_json
from services.alert.candidate import Candidate, Outcome
from services.alert.memory import Memory, Record
from services.alert.retractions import is_edited, page_key
from services.alert.rulebook import Rulebook
from services.alert.sketch import sketch_of
from services.alert.stories import KEPT_FOR, StoryIndex
from services.alert.tagged_article_to_alerts import candidate_of, decide, edit_of, matches_of

FORGET_EVERY = 1000  # decisions between looks for texts that are too old


@dataclass
class Simulation:
    """Articles in, outcomes out, by the very code that runs live; its memory is a dict."""

    rulebook: Rulebook
    records: dict[str, Record | None] = field(default_factory=dict)
    stories: StoryIndex = field(default_factory=StoryIndex)
    decided: int = 0

    def read(self, tagged: TaggedArticle, now: datetime) -> tuple[Outcome, ...]:
        """Return what becomes of each rule that holds for an article, at this moment."""
        candidate = candidate_of(tagged, self.rulebook) or self._edit(tagged)
        return self.decide(candidate, now) if candidate else ()

    def read_many(self, batch: Sequence[tuple[datetime, TaggedArticle]]) -> list[tuple[Outcome, ...]]:
        """Return the outcomes of many articles; the index is faster with some at once."""
        views = [self.rulebook.view(tagged) for _, tagged in batch]
        outcomes: list[tuple[Outcome, ...]] = []
        for (now, tagged), view, rules in zip(batch, views, self.rulebook.index.match(views), strict=True):
            if tagged.article.canary:
                outcomes.append(())
                continue
            if rules:
                found = matches_of(rules, tagged, view)
                candidate: Candidate | None = Candidate(tagged, found, sketch_of(tagged), self.rulebook.rules)
            else:
                candidate = self._edit(tagged)
            outcomes.append(self.decide(candidate, now) if candidate else ())
        return outcomes

    def _edit(self, tagged: TaggedArticle) -> Candidate | None:
        """Return an article as the edit of a page that rang before, or None when it is none."""
        record = self.records.get(page_key(tagged.article) or "")
        return edit_of(tagged, self.rulebook) if is_edited(record, tagged.article) else None

    def decide(self, candidate: Candidate, now: datetime) -> tuple[Outcome, ...]:
        """Decide a candidate and remember it."""
        memory = Memory(self.records)
        decision = decide([candidate], memory, self.stories, now)
        memory.settle(self.records)
        for leader in decision.leaders:
            self.stories.add(leader)
        self.decided += 1
        if self.decided % FORGET_EVERY == 0:
            self.stories.forget(now - KEPT_FOR)
            self.records = {key: one for key, one in self.records.items() if one and one["until"] > now.timestamp()}
        return decision.outcomes[0]

    def restarted(self) -> "Simulation":
        """Return what a new process knows: all that was written down, and nothing else."""
        stories = StoryIndex()
        for leader in self.stories.leaders:
            stories.add(leader_from_json(leader_to_json(leader)))
        return Simulation(self.rulebook, orjson.loads(orjson.dumps(self.records)), stories)
