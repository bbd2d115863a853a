"""Every measure as a declared row, and what it is in a table of counts."""

__all__ = [
    "cell_totals",
    "classes",
    "composites",
    "influence",
    "linearised",
    "measure_names",
    "metric",
    "moment_measures",
    "moment_totals",
    "moments",
    "outcome_words",
    "primary",
    "rankings",
    "rates",
    "registry",
    "units",
    "wilson",
]
