"""Means of numbers by group: how sure they are, and what differences and ratios between them tell."""

__all__ = [
    "comparisons",
    "distances",
    "distributions",
    "estimates",
    "means",
    "moderation",
    "ranges",
    "regression",
    "rows",
    "shared_clusters",
    "skewness",
]
