"""Pages to push: ordinary English in form, all different, some of which must ring; and who pushes them."""

import hashlib
import json
import random
import threading
import time
import urllib.error
from dataclasses import dataclass, field
from datetime import datetime

from deploy.verify.lab import post_page

_NOUNS = """harbour council teacher bridge forest engine library farmer market orchestra glacier painter railway student
museum river baker parliament doctor village satellite garden lawyer theatre mountain factory athlete hospital island
journal carpenter airport school novel prize storm festival printer desert archive captain stadium"""
_VERBS = """opened repaired welcomed measured planted described painted counted closed visited improved recorded
moved praised questioned rebuilt sold taught watched lifted"""
_ENDS = (
    "yesterday",
    "this week",
    "in the early morning",
    "after a long winter",
    "before the vote",
    "near the coast",
    "on Tuesday",
    "last month",
    "without delay",
    "in front of a large crowd",
    "for the first time in years",
)
_SAID = (
    "Officials said that the work would go on until the end of the year",
    "Residents told reporters that they had waited a long time for it",
    "The committee is expected to publish its findings in the autumn",
    "Nobody was hurt, and the road was open again by the evening",
    "Experts had warned for years that the old rules would not last",
)


def page(number: int, *, rings: bool) -> str:
    """Return the text of a page; no two share enough to be one story."""
    dice = random.Random(f"tocsin-{number}-{rings}")
    nouns, verbs = _NOUNS.split(), _VERBS.split()

    def sentence() -> str:
        first, second, third = dice.sample(nouns, 3)
        told = (
            f"The {first} {dice.choice(verbs)} the {second} and {dice.randint(10, 9999)} {third}s {dice.choice(_ENDS)}."
        )
        return f"{told} {dice.choice(_SAID)}." if dice.random() < 0.4 else told

    paragraphs = [" ".join(sentence() for _ in range(4)) for _ in range(6)]
    if rings:
        # Twice, because what is tried here is the way of a message and not the cleaner's judgement of a paragraph.
        signed = f"Ministers of Iceland and Fiji signed agreement number {number} on the {dice.choice(nouns)}."
        paragraphs[1] = f"{signed} {paragraphs[1]}"
        paragraphs[3] += f" {signed}"
    title = f"{dice.choice(nouns).title()} report {number}: the {dice.choice(nouns)} and the {dice.choice(nouns)}"
    return "\n\n".join((title, *paragraphs)) + "\n"


def html_page(number: int, *, published_at: datetime) -> str:
    """Return a page that must ring, as a site would serve it, with the time of its publication."""
    title, *paragraphs = page(number, rings=True).strip().split("\n\n")
    facts = json.dumps({"@type": "NewsArticle", "headline": title, "datePublished": published_at.isoformat()})
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    head = f'<title>{title}</title><script type="application/ld+json">{facts}</script>'
    return f"<!doctype html><html><head>{head}</head><body><article><h1>{title}</h1>{body}</article></body></html>"


@dataclass
class Pusher:
    """Pushes pages one after the other in a thread, and offers each again until it is taken."""

    numbers: range
    every: int  # one page in so many must ring
    pause_seconds: float = 0.0
    taken: int = 0
    waits: int = 0
    outcomes: list[str] = field(default_factory=list)

    def start(self) -> "Pusher":
        """Begin to push."""
        self._thread = threading.Thread(target=self._push, daemon=True)
        self._thread.start()
        return self

    @property
    def ringing(self) -> list[int]:
        """The numbers of the pages that must ring."""
        return [number for number in self.numbers if number % self.every == 0]

    def _push(self) -> None:
        for number in self.numbers:
            text = page(number, rings=number % self.every == 0)
            while (outcome := self._offer(text)) not in ("accepted", "duplicate"):
                self.waits += 1
                time.sleep(0.2)
            self.outcomes.append(outcome)
            self.taken += 1
            time.sleep(self.pause_seconds)

    def _offer(self, text: str) -> str:
        try:
            return post_page(text)
        except (OSError, urllib.error.HTTPError, ValueError):
            return "away"

    def join(self, *, seconds: float) -> None:
        """Wait until all pages are taken; raises AssertionError when that takes too long."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"only {self.taken} of {len(self.numbers)} pages were taken"


def sha256_of(number: int) -> str:
    """Return the hash by which an alert names the page that must ring."""
    return hashlib.sha256(page(number, rings=True).encode()).hexdigest()
