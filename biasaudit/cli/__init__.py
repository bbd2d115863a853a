"""The commands, a file a family; the options that they share."""

__all__ = ["app", "printing"]
