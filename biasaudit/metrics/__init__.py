"""Every measure as a declared row, and what it is in a table of counts."""

__all__ = [
    "cell_totals",
    "composites",
    "influence",
    "linearised",
    "metric",
    "moment_measures",
    "moment_totals",
    "outcome_words",
    "primary",
    "rates",
    "registry",
    "units",
    "wilson",
]
