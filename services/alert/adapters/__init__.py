"""All I/O of alert."""
