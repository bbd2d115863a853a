"""Every measure as a declared row, and what it is in a table of counts."""

__all__ = [
    "cell_totals",
    "composites",
    "influence",
    "linearised",
    "metric",
    "moments",
    "outcome_words",
    "primary",
    "rankings",
    "rates",
    "registry",
    "units",
    "wilson",
]
