"""Training of the cleaner's networks: labels from gold bodies, made-up pages, the trainer, cross-validation."""
