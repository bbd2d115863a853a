"""Data that are fetched when they are first asked for, checked and kept."""

__all__ = ["cache", "captions", "madlibs", "vowels"]
