"""Moments beside counts: sums of numbers by group, from which means, spreads and distributions follow."""

__all__ = ["bins", "counting", "storage", "table"]
