"""Who changes messages: one folder, one process, one verb; and the cli."""
