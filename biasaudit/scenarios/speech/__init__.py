"""The story of the speech recogniser that learnt from male voices."""

__all__ = ["story"]
