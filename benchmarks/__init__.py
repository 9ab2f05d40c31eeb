"""Measurements: quality against floors.toml, and speed as ratios against named alternatives."""
