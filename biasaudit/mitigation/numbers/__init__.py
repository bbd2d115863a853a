"""Mitigations of models that predict a number, and their comparison."""
