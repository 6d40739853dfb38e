"""The sheet of every way to an outcome, for the responsible doctor: as a page to print and as a table."""
