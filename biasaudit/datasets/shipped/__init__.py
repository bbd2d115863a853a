"""Data and figures that come with the package."""

__all__ = ["loading", "numbers", "populations", "speakers"]
