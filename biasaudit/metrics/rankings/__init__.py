"""Measures of rankings."""

__all__ = ["measures"]
