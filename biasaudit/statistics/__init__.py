"""Counting and arithmetic on counts: no frames, no drawing, no files but the tables of counts."""
