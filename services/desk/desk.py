"""The analyst's desk: pages in, and out comes what the rules say of them; nothing is sent, nothing is remembered."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import Article, Page, TaggedArticle
from services.alert.adapters.rule_files import read_rules
from services.alert.rule import Rule
from services.alert.rulebook import Rulebook, parse_rules
from services.alert.tagged_article_to_alerts import match_article
from services.clean.page_to_article import page_to_article
from services.desk.vocabulary import CatalogueNames, vocabulary_of
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, build_tagger


@dataclass(frozen=True)
class Desk:
    """A catalogue and a rulebook, ready to be asked."""

    names: CatalogueNames
    tagger: Tagger
    rulebook: Rulebook
    watch_dir: Path | None = None

    def tag(self, article: Article) -> TaggedArticle:
        """Return an article with its actors and topics."""
        return article_to_tagged_article(article, self.tagger)

    def read(self, page: Page) -> TaggedArticle:
        """Return what the alerter would get of a page; raises one of the cleaner's refusals when it has no article."""
        return self.tag(page_to_article(page))

    def match(self, page: Page) -> list[dict[str, Any]]:
        """Return the rules a page rings with their quotes, as plain data; knows no time and no story."""
        return match_article(self.read(page), self.rulebook)

    def rule(self, id: str) -> Rule | None:
        """Return a rule by its id."""
        return self.rulebook.rules.get(id)

    def with_rules(self, files: dict[str, str]) -> "Desk":
        """Return a desk with other rules; raises BadRules with every mistake."""
        return Desk(self.names, self.tagger, parse_rules(files, self.names), self.watch_dir)


def open_desk(watch_dir: Path | None = None, *, rules: dict[str, str] | None = None) -> Desk:
    """Return the desk of a watch folder (None: the built-in one); `rules` (name → YAML) replace those of the folder.

    Raises BadRules with every mistake of every rule file, and the catalogue's own errors.
    """
    catalogue = load_catalogue(watch_dir)
    names = vocabulary_of(catalogue)
    files = read_rules(watch_dir) if rules is None else rules
    return Desk(names, build_tagger(catalogue), parse_rules(files, names), watch_dir)
