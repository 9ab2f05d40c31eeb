"""tag: Article → TaggedArticle."""
