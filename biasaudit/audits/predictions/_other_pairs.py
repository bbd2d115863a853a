"""Pairs of groups neither of which is the reference: they are asked, too, and told where a question is answered yes."""

from __future__ import annotations

from typing import Any

import numpy as np

from biasaudit.audits.arithmetic import Splitting

__all__ = ["MOST_GROUPS", "other_pairs"]

# Of more groups than these, pairs are with the reference alone: others would be too many to read.
MOST_GROUPS = 50


def other_pairs(family: Splitting) -> Any:
    """Choose pairs of groups that have rows, the larger second; of two of one size, that is the one listed first.

    Returns
    -------
    int array of shape (pairs, 2)
        Empty where there are more than `MOST_GROUPS` groups.
    """
    groups = np.flatnonzero(family.present)
    groups = groups[groups != family.reference] if len(groups) <= MOST_GROUPS else groups[:0]
    groups = groups[np.argsort(-family.rows[groups], kind="stable")]
    larger, smaller = np.triu_indices(len(groups), k=1)
    return np.stack([groups[smaller], groups[larger]], axis=1)
