"""What carries messages: stages, hand-off scripts, the embedded server, settings, metrics, logs and probes."""
