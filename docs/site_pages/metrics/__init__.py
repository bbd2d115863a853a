"""Pages of metrics, criteria and names elsewhere, with their counted pictures."""
