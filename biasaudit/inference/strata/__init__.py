"""Groups compared within strata, where like is compared with like."""
