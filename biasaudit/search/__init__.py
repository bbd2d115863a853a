"""The search for subgroups: every pattern tried in one part of the people and confirmed in the other."""

__all__ = [
    "bitsets",
    "clustered_means",
    "holdout",
    "pattern_gaps",
    "pattern_means",
    "pattern_shares",
    "patterns",
    "selection",
]
