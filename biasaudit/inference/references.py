"""Which pairs hold a group against the reference of its split, where others are told as well."""

from __future__ import annotations

from collections.abc import Iterable

from biasaudit.counts.table.grouped import Group

__all__ = ["against_reference"]


def against_reference(
    splits: Iterable[Iterable[str]], groups: Iterable[Group], references: Iterable[Group]
) -> list[bool]:
    """Say of each pair whether it is with the reference of its split: the only group that is held against no other.

    Parameters
    ----------
    splits : iterable of iterable of str
        Features that the groups of each pair are of.
    groups, references : iterable of mapping
        All pairs of a metric, or of several.

    Returns
    -------
    list of bool

    Examples
    --------
    >>> a, b, c = ({"sex": name} for name in "abc")
    >>> against_reference([("sex",)] * 3, [b, c, c], [a, a, b])
    [True, True, False]
    """
    pairs = [
        (frozenset(split), frozenset(group.items()), frozenset(reference.items()))
        for split, group, reference in zip(splits, groups, references, strict=True)
    ]
    compared = {(split, group) for split, group, _ in pairs}
    return [(split, reference) not in compared for split, _, reference in pairs]
