"""The audit of rankings: who stands at the top, who is seen, and who stands above whom."""

__all__ = ["audit", "audit_rankings", "fair_draws", "family", "routing"]
