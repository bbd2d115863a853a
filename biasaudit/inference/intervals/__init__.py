"""Intervals of a rate, of the gap between two, and of the spread of many."""
