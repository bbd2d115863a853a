"""The one pass over the data, and the table of counts that comes of it."""

__all__ = [
    "alignment",
    "arrays",
    "binning",
    "column_counts",
    "column_kinds",
    "columns",
    "counting",
    "cuts",
    "encoding",
    "engines",
    "error_counts",
    "frames",
    "labels",
    "moments",
    "number_text",
    "selected_counts",
    "share_tables",
    "table",
    "values",
    "weights",
]
