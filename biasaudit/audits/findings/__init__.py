"""What is told of gaps: records first, sentences made of them at the very end."""

__all__ = [
    "counted_words",
    "findings",
    "gap_reasons",
    "gap_records",
    "gap_words",
    "headlines",
    "number_words",
    "phrases",
]
