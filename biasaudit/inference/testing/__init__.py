"""Tests, many questions at one level, power, and answers that hold however often one looks."""
