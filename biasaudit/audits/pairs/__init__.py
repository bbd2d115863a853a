"""The correspondence audit: the same input under another group's name."""
