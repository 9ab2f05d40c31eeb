"""What the tests of the tag stage share: one tagger of the built-in catalogue, and a short way to use it."""

from collections.abc import Callable

import pytest

from schemas import TaggedArticle
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.article_to_tagged_article import Tagger, article_to_tagged_article, build_tagger
from services.tag.catalogue import Catalogue
from services.tag.text_to_article import article_from_text

Tag = Callable[..., TaggedArticle]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(None)


@pytest.fixture(scope="session")
def tagger(catalogue: Catalogue) -> Tagger:
    return build_tagger(catalogue)


@pytest.fixture(scope="session")
def tag(tagger: Tagger) -> Tag:
    def tag_text(text: str, title: str = "", language: str | None = "en") -> TaggedArticle:
        return article_to_tagged_article(article_from_text("t", title, text, language), tagger)

    return tag_text
