"""The audit of a data set before any model."""
