"""A calm day of Niger, then one story: a wire, and three papers in their own words; and a rule for spikes."""

from schemas import TaggedArticle
from tests.unit.alert.given_alerts import a_rule, a_tagged_article, after

WIRE = (
    "Niger and Russia signed a military pact in Niamey on Monday after eight months of talks. "
    "General Tiani received 4,200 rifles and 36 armoured cars, the ministry said.\n\n"
    "The two armies will train together near Agadez from next spring, according to Colonel Abdramane. "
    "Western envoys who were expelled last year called the pact a mistake that will cost the country dearly."
)
REWRITE = (
    "General Tiani and envoys of Russia put their names under a military pact in Niamey on Monday.\n\nThe ministry"
    " counts 4,200 rifles and 36 armoured cars for Niger; Colonel Abdramane expects a joint drill near Agadez in"
    " spring."
)
THIRD = (
    "Tiani, of Niger, and Russia agree: 4,200 rifles, 36 armoured cars, Colonel Abdramane in Agadez, a military"
    " pact at Niamey on Monday, say residents."
)
FOURTH = (
    "Armoured cars for Niger: 36 of them, with 4,200 rifles, under a pact that General Tiani has sealed with Russia's"
    " men; Agadez will host the drills of Colonel Abdramane."
)
SPIKE = a_rule("Niger", spike="{window: 1h, baseline: 12h, learn: 6h, at_least: 3, times: 2}")


def told(text: str, source: str, *, minutes: float) -> TaggedArticle:
    return a_tagged_article(text, source=source, at=after(minutes=minutes))


def a_calm_day(hours: int = 6) -> list[TaggedArticle]:
    """Return one report an hour, each of another event."""
    return [
        told(
            f"Niger: report {hour} from {hour * 7 + 11} villages of district {hour * hour}.", "calm", minutes=60 * hour
        )
        for hour in range(hours)
    ]


def papers_that_turn_out_to_be_one() -> list[TaggedArticle]:
    """Return what three papers tell after the calm day; the second has its own words, then prints the wire."""
    burst = ((WIRE, "a"), (REWRITE, "b"), (WIRE, "b"), (THIRD, "c"))
    return [told(text, source, minutes=360 + 5 * n) for n, (text, source) in enumerate(burst)]
