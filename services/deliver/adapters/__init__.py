"""All I/O of deliver."""
