"""Data and figures that come with the package."""
