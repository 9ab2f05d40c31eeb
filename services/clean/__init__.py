"""clean: Page → Article."""
