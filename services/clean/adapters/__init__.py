"""All I/O of clean."""
