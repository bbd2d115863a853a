"""Clips of synthesised speakers."""
