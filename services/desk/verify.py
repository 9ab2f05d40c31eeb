"""Verify: derive an alert again from the raw page, and say yes or no, with a reason for each no."""

import hashlib
from dataclasses import dataclass

from runtime.errors import TocsinError
from schemas import Alert, Evidence, Page, TaggedArticle
from services.alert.rule import Rule
from services.alert.rulebook import Rulebook
from services.alert.tagged_article_to_alerts import matches
from services.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Check:
    """One thing an alert claims, and whether it is so."""

    claim: str
    is_true: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """All checks of an alert."""

    alert: str
    checks: tuple[Check, ...]

    @property
    def is_proven(self) -> bool:
        """Whether every claim is so."""
        return all(check.is_true for check in self.checks)


def verify(alert: Alert, page: Page, desk: Desk) -> Proof:
    """Return whether a page proves an alert: the same bytes, quotes that stand in it, and a rule that holds.

    A retraction is proven by the edited page, for which the rule no longer holds; its quotes by the page as it rang.
    """
    if alert.retraction is not None:
        was = alert.retraction.page
        if hashlib.sha256(page.raw()).hexdigest() != was.sha256:
            return _verify_retraction(alert, page, desk)
        alert = alert.model_copy(update={"page": was, "retraction": None})
    sha256 = hashlib.sha256(page.raw()).hexdigest()
    page = _as_told(alert, page)
    checks = [Check("the page is the one that rang", sha256 == alert.page.sha256, f"its SHA-256 is {sha256}")]
    try:
        tagged = desk.read(page)
    except TocsinError as error:
        checks.append(Check("the page has an article", False, str(error)))
        return Proof(alert.id, tuple(checks))
    checks += [_quote(one, tagged) for one in alert.evidence]
    checks += _versions(alert, tagged)
    rule = desk.rule(alert.rule.id)
    checks.append(Check(f"there is a rule {alert.rule.id}", rule is not None))
    if rule is not None:
        same = rule.version == alert.rule.version
        checks.append(Check("the rule is the one that rang", same, f"its version is {rule.version}"))
        checks += _evidence(alert, tagged, rule)
    return Proof(alert.id, tuple(checks))


def _as_told(alert: Alert, page: Page) -> Page:
    """Return a page with what the alert knows of it besides its bytes: filters on sources and dates depend on it."""
    known = {"id", "url", "source", "fetched_at", "pushed_at"}
    return page.model_copy(update={name: getattr(alert.page, name) for name in known})


def _verify_retraction(alert: Alert, page: Page, desk: Desk) -> Proof:
    """Return whether an edited page no longer satisfies the rule that an alert was retracted for."""
    sha256 = hashlib.sha256(page.raw()).hexdigest()
    same = sha256 == alert.page.sha256
    checks = [Check("the page is the edited one, or the one that rang", same, f"its SHA-256 is {sha256}")]
    rule = desk.rule(alert.rule.id)
    same = rule is not None and rule.version == alert.rule.version
    checks.append(
        Check("the rule is the one that rang", same, f"its version is {rule.version}" if rule else "it is gone")
    )
    try:
        tagged = desk.read(_as_told(alert, page))
    except TocsinError as error:
        checks.append(Check("the page has an article", False, str(error)))
        return Proof(alert.id, tuple(checks))
    holds = rule is not None and bool(matches(tagged, Rulebook.of([rule])))
    checks.append(Check("the rule no longer holds for the page", rule is not None and not holds))
    return Proof(alert.id, tuple(checks))


def _quote(evidence: Evidence, tagged: TaggedArticle) -> Check:
    """Return whether a quote stands in the article where it says, and its spans in the quote."""
    text = tagged.article.title if evidence.zone == "title" else tagged.article.text
    found = text[evidence.start : evidence.end]
    spans = all(text[one.start : one.end] == one.text for one in evidence.spans)
    where = "title" if evidence.zone == "title" else "text"
    return Check(
        f"characters {evidence.start}–{evidence.end} of the {where} are quoted",
        found == evidence.quote and spans,
        "" if found == evidence.quote and spans else f"there stands {found[:80]!r}",
    )


def _versions(alert: Alert, tagged: TaggedArticle) -> list[Check]:
    """Return whether the cleaner, the tagger and the catalogue are those that made the alert."""
    now = {"cleaner": tagged.article.cleaner, "tagger": tagged.tagger, "catalogue": tagged.catalogue}
    return [
        Check(f"the {name} is the same", version == getattr(alert.versions, name), f"its version is {version}")
        for name, version in now.items()
    ]


def _evidence(alert: Alert, tagged: TaggedArticle, rule: Rule) -> list[Check]:
    """Return whether the rule holds for the article, by the same sentences."""
    found = matches(tagged, Rulebook.of([rule]))
    checks = [Check("the rule holds for the page", bool(found))]
    if found:
        checks.append(Check("by the same sentences", found[0].evidence == alert.evidence))
    return checks
