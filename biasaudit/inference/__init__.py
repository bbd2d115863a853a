"""How sure one can be: variances, intervals, tests and verdicts, all from counts."""
