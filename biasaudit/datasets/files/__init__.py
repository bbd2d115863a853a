"""Tables that lie in files, or that people bring."""

__all__ = ["guessing", "joining", "tables", "uploads"]
