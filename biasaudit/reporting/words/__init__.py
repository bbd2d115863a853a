"""Numbers, names and tables as words, the same in every format."""

__all__ = ["forest", "splits", "tables", "text", "words"]
