"""All I/O of tag."""
