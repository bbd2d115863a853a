"""Tests, many questions at one level, power, and answers that hold however often one looks."""

__all__ = [
    "associations",
    "daily_variation",
    "fair_draws",
    "gatekeeping",
    "hypothesis_tests",
    "multiple_comparisons",
    "one_sided",
    "power",
    "runs",
    "sequences",
    "two_way",
]
