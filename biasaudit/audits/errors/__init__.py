"""The audit of errors over trials, such as words heard wrongly."""

__all__ = ["audit"]
