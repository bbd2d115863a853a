"""The table of counts: checked, merged, saved and loaded."""
