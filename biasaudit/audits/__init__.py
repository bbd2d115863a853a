"""The questions an audit answers."""
