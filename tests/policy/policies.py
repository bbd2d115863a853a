"""Policies and tables for their tests: counts are chosen so that a verdict can be checked by hand."""

import pandas as pd

import biasaudit as ba

HEAD = 'name = "Hiring"\n\n[columns]\ny_pred = "hired"\nsensitive_features = ["sex"]\n\n'
RULE = '[[rules]]\nname = "alike"\nmetric = "selection_rate"\n'


def people(**counts):
    """Make a row a person: ``people(F=(30, 100))`` is 100 women of whom 30 are hired."""
    rows = [(sex, int(i < hired)) for sex, (hired, n) in counts.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["sex", "hired"])


def policy(keys, head=HEAD):
    return ba.policy.loads(f"{head}{RULE}{keys}\n", source="policy.toml")


def verdict(frame, keys, **how):
    return ba.check(frame, policy(keys), **how)
