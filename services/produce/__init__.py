"""produce: pages from files, feeds, sites and archives onto the `pages` stream."""
