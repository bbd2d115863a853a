"""The table of counts: checked, merged, saved and loaded."""

__all__ = ["connection", "crosstab", "grouped", "headers", "joining", "storage", "validation"]
