"""desk: the analyst's desk; runs clean, tag and alert in one process on one page, to explain, test and verify."""
