"""Every measure as a declared row, and what it is in a table of counts."""

__all__ = [
    "cell_totals",
    "classes",
    "composites",
    "influence",
    "linearised",
    "measure_names",
    "metric",
    "moments",
    "outcome_words",
    "primary",
    "rates",
    "registry",
    "units",
    "wilson",
]
