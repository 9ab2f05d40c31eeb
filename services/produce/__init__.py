"""Produce: takes pages from wherever they are and puts each into `pages` once."""
