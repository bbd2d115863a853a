"""Numbers, names and tables as words, the same in every format."""

__all__ = ["breakdowns", "classes", "forest", "ridges", "tables", "text", "words"]
