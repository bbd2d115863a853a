"""The flip test: whether people of a group are decided otherwise than those outside of it who are most like them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import opened
from biasaudit.counts.encoding import encode_labels, encode_levels
from biasaudit.counts.engines import collected, to_floats
from biasaudit.counts.values import canonical
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FLIP_COLUMNS", "flip_test"]

FLIP_COLUMNS = ("group", "reference", "value", "would_be_selected", "would_be_rejected", "people", "neighbours")
NEIGHBOURS = 5
# Among so few, one neighbour is asked.
FEW = 9


def flip_test(
    data: Any,
    *,
    sensitive_features: str | None = None,
    features: Sequence[str] | str | None = None,
    y_pred: str | None = None,
    pos_label: Any = None,
) -> pd.DataFrame:
    """Compare each person's decision with that of the people most like them outside of their group.

    A person flips where most of the five nearest others were decided otherwise; one of them is asked where the others
    are fewer than ten. SageMaker Clarify calls it FT, with the sign of its documentation: its open library turns it. It
    has no interval here: whoever is the nearest of many counts many times.

    Parameters
    ----------
    data : dataframe, path or Dataset
        As for :func:`biasaudit.audit_predictions`.
    sensitive_features : str
        Column that says which group a row belongs to.
    features : str or sequence of str
        Columns of numbers by which people are alike, as they are: scale them first, so that none of them decides alone.
    y_pred : str
        Column of decisions.
    pos_label : label, optional
        The value that counts as positive.

    Returns
    -------
    DataFrame
        Columns group, reference ({} is everyone else), value (from -1 to 1: above 0 where more people of the group
        would be selected than rejected), would_be_selected and would_be_rejected (people who flip), people (of the
        group), neighbours (how many were asked).

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, or there is one group alone.

    References
    ----------
    Black, Yeom and Fredrikson (2020), "FlipTest: fairness testing via optimal transport", FAT*.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> table = pd.DataFrame(
    ...     {"sex": ["F", "F", "M", "M", "M"], "skill": [1, 9, 1.5, 2, 8.5], "hired": [0, 0, 0, 0, 1]}
    ... )
    >>> found = ba.flip_test(table, sensitive_features="sex", features="skill", y_pred="hired")
    >>> print(found[["group", "value", "would_be_selected", "people"]].round(2).to_string(index=False))
           group  value  would_be_selected  people
    {'sex': 'F'}   0.50                  1       2
    {'sex': 'M'}  -0.33                  0       3
    """
    import pandas as pd

    request = read_request(
        data,
        {"sensitive_features": sensitive_features, "features": features, "y_pred": y_pred},
        pos_label=pos_label,
    )
    for role in ("features", "y_pred"):
        if not request.column(role):
            raise AuditError(f"{role} is missing. The flip test asks who is alike in features, and what was decided.")
    if len(request.features) > 1:
        raise AuditError(
            f"The flip test splits people by one sensitive feature, not by {len(request.features)}. Name one of them."
        )
    points, levels, group, selected = _people(data, request)
    if len(set(group.tolist())) < 2:
        raise AuditError("All rows are in one group. A flip test needs somebody outside of it.")
    rows: list[tuple[Any, ...]] = [
        ({request.features[0]: level}, {}, *_flips(points, group == at, selected))
        for at, level in enumerate(levels)
        if (group == at).any()
    ]
    return pd.DataFrame(rows, columns=list(FLIP_COLUMNS))


def _people(data: Any, request: Request) -> tuple[Floats, tuple[str, ...], Ints, Bools]:
    """Read who is where in the space of features, in which group, and selected or not; nobody without a decision."""
    names, of_group, of_decision = request.columns["features"], request.features[0], str(request.column("y_pred"))
    with opened(data, request) as source:
        schema = source.frame.collect_schema()
        for name in names:
            if not (schema[name].is_numeric() or schema[name] == nw.Boolean):
                raise AuditError(
                    f'features="{clean(name)}" holds no numbers, and people are alike in numbers here. Leave it out, '
                    "or write it as columns of 0 and 1."
                )
        rows = collected(source.frame.select(*dict.fromkeys([*names, of_group, of_decision])))
    points = np.column_stack([to_floats(rows[name]) for name in names])
    unknown = ~np.isfinite(points)
    if unknown.any():
        name = names[int(unknown.any(axis=0).argmax())]
        raise AuditError(
            f'features="{clean(name)}" is missing or infinite in {int(unknown[:, names.index(name)].sum()):,} rows. '
            "Fill it in, or leave these rows out."
        )
    levels, group = encode_levels(rows[of_group].to_list())
    asked = canonical(request.pos_label)
    cells = {"k_y_pred": rows[of_decision].to_list()}
    classes, codes, reading = encode_labels(cells, {"y_pred": of_decision}, asked)
    if reading.positive is None:
        raise AuditError(
            f'y_pred="{clean(of_decision)}" holds {len(classes)} values, and which one is positive is not plain. Say '
            f"so with pos_label, for example pos_label={clean(classes[-1], 40)!r}."
        )
    decided = codes["y_pred"] >= 0
    return points[decided], levels, group[decided], codes["y_pred"][decided] == classes.index(reading.positive)


def _flips(points: Floats, inside: Bools, selected: Bools) -> tuple[float, int, int, int, int]:
    """Hold the people of a group against their nearest outside of it."""
    from scipy.spatial import cKDTree

    outside = ~inside
    neighbours = NEIGHBOURS if int(outside.sum()) > FEW else 1
    nearest = cKDTree(points[outside]).query(points[inside], k=[*range(1, neighbours + 1)])[1]
    alike = selected[outside][nearest].mean(axis=1) > 1 / 2
    own = selected[inside]
    up, down, people = int((alike & ~own).sum()), int((own & ~alike).sum()), int(inside.sum())
    return (up - down) / people, up, down, people, neighbours
