"""Data that are fetched when they are first asked for, checked and kept."""
