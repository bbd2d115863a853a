"""Learning curves by group."""
