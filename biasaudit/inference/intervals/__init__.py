"""Intervals of a rate, of the gap between two, and of the spread of many."""

__all__ = ["calibration", "chance_spread", "closed_form", "simultaneous", "small_groups", "spread"]
