"""The search for subgroups whose mean of a number stands out."""

__all__ = ["audit", "find_number_subgroups"]
