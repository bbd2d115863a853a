"""Numbers, names and tables as words, the same in every format."""
