"""Groups compared within strata, where like is compared with like."""

__all__ = ["composition", "standardisation", "stratified", "within_strata"]
