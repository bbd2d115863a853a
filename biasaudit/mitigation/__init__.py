"""Mitigations of bias, before, during and after training, and their comparison."""
