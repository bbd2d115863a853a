"""Whole distributions beside means: how far apart those of two groups are, and how they are calibrated."""
