"""Speed of the tagger in articles a second of one core, beside spaCy's NER and country-named-entity-recognition.

All tag the same 500-word articles in the same run; seconds are of CPU, since other work may share the machine. The
articles are news of the benchmark folder where there is one, else made of the two seed pages.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.table import print_table
from schemas import Article
from services.tag.adapters.watch_folder import load_catalogue, read_rule_texts
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, build_tagger
from services.tag.catalogue import Actor, Alias, Catalogue
from services.tag.models import installed_models, needs_models, with_models
from services.tag.rules_to_needs import rules_to_needs
from services.tag.text_to_article import article_from_text

WORDS = 500
OURS_AT_LEAST = 1500  # articles a second on an idle core; the floor
_OWN_ACTORS, _OWN_ALIASES = 1000, 20


def articles_of(shared: Path) -> tuple[list[Article], list[Article]]:
    """Return (articles of exactly 500 words, the same news at its own length)."""
    news = shared / "bench" / "tag" / "masakhanews_topics.jsonl"
    if news.is_file():
        rows = [json.loads(line) for line in news.read_text("utf-8").splitlines()]
    else:
        seeds = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))
        rows = [
            {"id": str(n), "lang": "en", "title": "", "text": path.read_text("utf-8")}
            for n in range(100)
            for path in seeds
        ]
    whole = [article_from_text(row["id"], row["title"], row["text"], row["lang"][:2]) for row in rows]
    cut = [_cut(article) for article in whole if len(article.text.split()) >= WORDS]
    return cut, whole


def _cut(article: Article) -> Article:
    """Return the article with its first 500 words, in paragraphs of 80."""
    words = article.text.split()[:WORDS]
    text = "\n\n".join(" ".join(words[at : at + 80]) for at in range(0, WORDS, 80))
    return article_from_text(article.id, article.title, text, article.language)


def per_second(tag: Callable[[Article], object], articles: list[Article], *, rounds: int = 3) -> float:
    """Return articles a CPU second: the median of some rounds."""
    speeds = []
    for _ in range(rounds):
        start = time.process_time()
        for article in articles:
            tag(article)
        speeds.append(len(articles) / (time.process_time() - start))
    return median(speeds)


def ours(tagger: Tagger) -> Callable[[Article], object]:
    """Return our tagger as a function of an article."""
    return lambda article: article_to_tagged_article(article, tagger)


def with_own_actors(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with a thousand actors of twenty aliases each, such as a user may watch."""
    actors = {f"own-{n}": Actor(f"own-{n}", "company", {"en": f"Own {n}"}) for n in range(_OWN_ACTORS)}
    aliases = [
        Alias(f"{_syllables(n)} {_syllables(n * 31 + m)} Holding", f"own-{n}", "name")
        for n in range(_OWN_ACTORS)
        for m in range(_OWN_ALIASES)
    ]
    return replace(catalogue, actors={**catalogue.actors, **actors}, aliases=(*catalogue.aliases, *aliases))


def _syllables(number: int) -> str:
    """Return a made-up name that is the same for the same number."""
    parts = ("ka", "lo", "mi", "ne", "ru", "sa", "to", "vi", "wo", "zu")
    return "".join(parts[int(digit)] for digit in str(number + 1000)).capitalize()


def spacy_ner() -> Callable[[Article], object]:
    """Return spaCy's small English model with nothing but its entity recogniser."""
    nlp = installed_models(["en"]).of("en")
    return lambda article: [entity.label_ for entity in nlp(article.text).ents]


def country_ner() -> Callable[[Article], object]:
    """Return the best open-source peer on countries."""
    from country_named_entity_recognition import find_countries  # not a dependency of tocsin

    return lambda article: find_countries(article.text)


def with_models_where_they_matter(tagger: Tagger) -> Callable[[Article], object]:
    """Return our tagger with the trained models on the articles that a rule can ring for."""
    models, needs = installed_models(["en"]), rules_to_needs(read_rule_texts(), tagger.catalogue)
    models.of("en")  # loaded before the clock runs

    def tag(article: Article) -> object:
        tagged = article_to_tagged_article(article, tagger)
        is_needed = needs_models(tagged, "where-it-matters", needs)
        return with_models(tagged, models, tagger.catalogue) if is_needed else tagged

    return tag


def main() -> int | None:
    """Print articles a second and ratios; returns 1 when ours is under its floor and not by a busy machine."""
    parser = argparse.ArgumentParser(description="Speed of the tagger beside its peers.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    cut, whole = articles_of(parser.parse_known_args()[0].shared)
    cut = cut[:200]
    catalogue = load_catalogue(None)
    tagger = build_tagger(catalogue)
    alone = per_second(ours(tagger), cut, rounds=5)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    own = per_second(ours(build_tagger(with_own_actors(catalogue))), cut, rounds=5)
    rows: list[tuple[str, float]] = [("tocsin", alone), ("tocsin, 1 000 own actors of 20 aliases", own)]
    rows.append(("spaCy en small, NER only", per_second(spacy_ner(), cut[:16], rounds=1)))
    rows.append(("country-named-entity-recognition", per_second(country_ner(), cut[:40], rounds=1)))
    rows.append(
        (
            "tocsin with models where they matter, news mix",
            per_second(with_models_where_they_matter(tagger), whole, rounds=1),
        )
    )
    shown = [(name, f"{speed:.0f}", f"{alone / speed:.1f}") for name, speed in rows]
    print_table(
        f"{len(cut)} articles of {WORDS} words", ("tagger", "articles a CPU second", "tocsin is faster by"), shown
    )
    print(f"\ntocsin without models: {megabytes:.0f} MB; own actors cost {100 * (1 - own / alone):.0f} % of the speed")
    return 1 if alone < OURS_AT_LEAST else None


if __name__ == "__main__":
    raise SystemExit(main())
