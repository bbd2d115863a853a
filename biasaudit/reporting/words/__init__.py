"""Numbers, names and tables as words, the same in every format."""

__all__ = ["breakdowns", "forest", "tables", "text", "words"]
