"""Tables that lie in files, or that people bring."""
