"""The correspondence audit: the same input under another group's name."""

__all__ = ["audit", "cv", "scores"]
