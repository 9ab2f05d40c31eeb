"""A farm of sites on one loopback port: feeds and pages over real HTTP, well and ill behaved."""
