"""alert: TaggedArticle → Alerts."""
