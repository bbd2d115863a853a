"""The audit of a model, on rows that it did not learn from."""

__all__ = ["audit", "crossfit"]
