"""Measures of several classes: each class against all others, and all of them together."""

__all__ = ["composites", "influence", "rates", "words"]
