"""Clips of synthesised speakers."""

__all__ = ["audio", "clips", "voices"]
