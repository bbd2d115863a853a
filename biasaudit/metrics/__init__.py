"""Every measure as a declared row, and what it is in a table of counts."""
