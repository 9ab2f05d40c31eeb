"""All I/O of produce."""
