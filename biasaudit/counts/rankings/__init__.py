"""Rankings as a table of sums: who stands where, by query and group."""

__all__ = ["pairs", "places", "rows", "table"]
