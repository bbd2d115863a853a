"""Audits data sets and models for bias, and says when the data cannot tell."""
