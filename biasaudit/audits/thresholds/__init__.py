"""The audit of thresholds on a score."""
