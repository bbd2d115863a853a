"""The one pass over the data, and the table of counts that comes of it."""
