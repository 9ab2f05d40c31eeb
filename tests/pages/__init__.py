"""Every command that a page shows is run, or stands with a reason in the table of `table.py`."""
