"""Clarify's bias metrics of the groups of an audit, each with its formula, its value and the same figure here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from biasaudit.arguments import check_mapping
from biasaudit.audits.audit_crosstab import GROUP_OF, audit_crosstab
from biasaudit.audits.clarify._facets import Facet, Side, conditional_disparity
from biasaudit.audits.clarify.metrics import CLARIFY_METRICS, LABELLED, REJECTED, SELECTED, UNLABELLED, ClarifyMetric
from biasaudit.audits.families import WITHHELD, check_reference
from biasaudit.audits.predictions.audit import Audit
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.counts.values import canonical, resolve_level
from biasaudit.errors import AuditError
from biasaudit.metrics.cell_totals import confusion, rows_by_group

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLARIFY_COLUMNS", "clarify_metrics"]

CLARIFY_COLUMNS = (
    "name", "metric", "stage", "group", "reference", "value", "low", "high", "here", "formula", "reason",
)  # fmt: skip
MISSING = {
    "y_true": "no labels",
    "y_pred": "no predictions",
    "control_features": "needs strata: name control_features in the audit",
    "features": "needs features: biasaudit.flip_test",
}


def clarify_metrics(
    data: Audit | Crosstab, *, reference: Mapping[str, Any] | None = None, pos_label: Any = None
) -> pd.DataFrame:
    """Return SageMaker Clarify's bias metrics of each group, by their names there, tidy.

    Each group is in turn what Clarify calls the disadvantaged facet d; everyone else is the facet a, as Clarify has it
    where one value of a facet is named.

    Parameters
    ----------
    data : Audit or Crosstab
        An audit of predictions or decisions, or a table of counts, of more than two classes as well.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against, in place of everyone else.
    pos_label : label, optional
        The class that counts as positive, where `data` is a table of more than two.

    Returns
    -------
    DataFrame
        Columns name, metric (in full), stage ("pre" training, of the data, or "post", of predictions), group,
        reference ({} is everyone else), value, low and high (of the same figure in `disparities()`, where it is one
        group against another), here (that figure: metric and comparison, with a minus where its sign is turned),
        formula (in words, of d and a), reason (why there is no value, or of what it is).

    Raises
    ------
    AuditError
        If `data` is neither, or `reference` names no group of it.

    Notes
    -----
    Where Clarify divides by nothing it says 0 or infinity; here there is no value, and a reason. Distances are over
    all labels, also those that only one side has, which Clarify's open library leaves out.

    References
    ----------
    Das et al. (2021), "Fairness measures for machine learning in finance", Journal of Financial Data Science 3.

    Examples
    --------
    >>> import biasaudit as ba
    >>> admissions = ba.datasets.load_berkeley()
    >>> table = ba.clarify_metrics(ba.audit_predictions(admissions, control_features="department"))
    >>> women = table[(table["group"] == {"gender": "Female"}) & table["value"].notna()]
    >>> print(women[["name", "value", "low", "high"]].round(3).to_string(index=False))
     name  value   low  high
       CI  0.189   NaN   NaN
     DPPL  0.142 0.113 0.170
       DI  0.682 0.628 0.739
    CDDPL -0.019   NaN   NaN
    """
    import pandas as pd

    found = _read(data, pos_label)
    named = _references(found.table, reference)
    rows = [
        _row(row, found, split, group, named.get(feature))
        for feature in found.table.features
        for split in [_Split(found, feature)]
        for group in range(len(split.people))
        if group != split.index(named.get(feature)) and split.people[group]
        for row in CLARIFY_METRICS
    ]
    return pd.DataFrame(rows, columns=list(CLARIFY_COLUMNS))


@dataclass(frozen=True, eq=False)
class _Read:
    """A table of counts, all its classes, and the audit of it where there are two."""

    table: Crosstab
    audit: Audit | None
    strata: Crosstab | None


def _read(data: Any, pos_label: Any) -> _Read:
    if isinstance(data, Audit):
        return _Read(data.table, data, None if data.controls is None else data.controls.table)
    if not isinstance(data, Crosstab):
        raise AuditError(
            f"clarify_metrics takes an audit of a yes or no, or a table of counts, not a {type(data).__name__}. Make "
            "one with biasaudit.audit_predictions or biasaudit.count."
        )
    table = data.without_strata() if data.strata is not None else data
    positive = None if pos_label is None else resolve_level(pos_label, table.classes)
    if positive is None and len(table.classes) > 2:
        return _Read(table, None, None)
    audit = cast(Audit, audit_crosstab(table, pos_label=pos_label))
    strata = None
    if data.strata is not None:
        strata = data if positive is None else data.one_vs_rest(positive)
    return _Read(table, audit, strata)


def _references(table: Crosstab, reference: Any) -> dict[str, str]:
    read = {f: str(canonical(v)) for f, v in check_mapping("reference", reference, *GROUP_OF).items()}
    check_reference(table, read)
    return {f: resolve_level(level, table.levels[table.features.index(f)]) for f, level in read.items()}


class _Split:
    """The groups of one feature as sides of a comparison."""

    def __init__(self, found: _Read, feature: str) -> None:
        split = found.table.rollup([feature]).without_scores()
        self.feature, self.levels = feature, split.levels[0]
        self.people = rows_by_group(split).astype(float)
        self.labels = _labels(split)
        two = found.audit.table.rollup([feature]).without_scores() if found.audit is not None else None
        self.cells = np.full((len(self.levels), 4), np.nan) if two is None else confusion(two).astype(float)
        self.strata = _cells_by_stratum(found.strata, feature, len(self.levels))
        hidden = np.zeros(len(split.rows)) if split.suppressed is None else split.suppressed.astype(float)
        self.withheld = np.bincount(split.group, weights=hidden, minlength=len(self.levels)) > 0

    def index(self, level: str | None) -> int | None:
        """Return which group is named, or None."""
        return None if level is None else self.levels.index(level)

    def side(self, groups: list[int]) -> Side:
        """Add up some groups."""
        return Side(
            float(self.people[groups].sum()),
            self.cells[groups].sum(axis=0),
            self.labels[groups].sum(axis=0),
            self.strata[groups].sum(axis=0),
        )


def _labels(split: Crosstab) -> Any:
    """Count the labels of each group, over rows that have one."""
    size, classes = len(split.levels[0]), len(split.classes)
    if split.y_true is None:
        return np.zeros((size, classes))
    weight = split.rows.astype(float) if split.weight is None else split.weight
    known = split.usable
    at = split.group[known] * classes + split.y_true[known]
    return np.bincount(at, weights=weight[known], minlength=size * classes).reshape(size, classes)


def _cells_by_stratum(strata: Crosstab | None, feature: str, size: int) -> Any:
    """Sum the cells of each group in each stratum: shape (groups, strata, 4)."""
    if strata is None or strata.strata is None:
        return np.zeros((size, 0, 4))
    split = strata.rollup([feature]).without_scores()
    assert split.stratum is not None
    zeros = np.zeros(len(split.rows), dtype=np.int64)
    y_true, y_pred = (zeros if column is None else column for column in (split.y_true, split.y_pred))
    weight = split.rows.astype(float) if split.weight is None else split.weight
    known, n = split.usable, len(strata.strata)
    at = ((split.group * n + split.stratum) * 4 + 2 * y_true + y_pred)[known]
    return np.bincount(at, weights=weight[known], minlength=size * n * 4).reshape(size, n, 4)


def _row(metric: ClarifyMetric, found: _Read, split: _Split, group: int, reference: str | None) -> tuple[Any, ...]:
    """Compute one metric of one group."""
    at = split.index(reference)
    others = [i for i in range(len(split.people)) if i != group] if at is None else [at]
    facet = Facet(d=split.side([group]), a=split.side(others))
    against = {} if reference is None else {split.feature: reference}
    value, reason = _value(metric, found, facet)
    if split.withheld[[group, *others]].any():
        value, reason = float("nan"), WITHHELD
    present = [i for i in others if split.people[i]]
    low, high = float("nan"), float("nan")
    if metric.here and found.audit is not None and len(present) == 1 and value == value:
        other = {split.feature: split.levels[present[0]]}
        low, high = _interval(found.audit, metric.here, {split.feature: split.levels[group]}, other)
    named = {split.feature: split.levels[group]}
    return (
        metric.name, metric.label, metric.stage, named, against, value, low, high, metric.here, metric.formula, reason,
    )  # fmt: skip


def _value(metric: ClarifyMetric, found: _Read, facet: Facet) -> tuple[float, str]:
    """Compute a metric, or say why there is none."""
    has = {
        "y_true": found.table.y_true is not None,
        "y_pred": found.table.y_pred is not None,
        "control_features": found.strata is not None,
        "features": False,
    }
    missing = next((MISSING[need] for need in metric.needs if not has[need]), "")
    if missing:
        return float("nan"), missing
    if found.audit is None and not metric.classes:
        return float("nan"), "more than two classes: name one with pos_label"
    value = metric.value(facet)
    if value != value:
        return value, "nothing to divide by in one of the two"
    if np.isinf(value):
        return float("nan"), "infinite: the group never has a label that the others have"
    return value, _strata_left_out(metric, facet)


def _strata_left_out(metric: ClarifyMetric, facet: Facet) -> str:
    """Say how many strata tell nothing, of a metric that is a mean over them."""
    if "control_features" not in metric.needs:
        return ""
    outcome = (SELECTED, REJECTED) if "y_pred" in metric.needs else (LABELLED, UNLABELLED)
    left_out = conditional_disparity(facet, *outcome)[1]
    return f"without {left_out:,} strata in which everyone has the same outcome" if left_out else ""


def _interval(audit: Audit, here: str, group: Mapping[str, str], other: Mapping[str, str]) -> tuple[float, float]:
    """Find the interval of the same figure among the pairs of an audit, in whichever direction they are held."""
    name, comparison = here.lstrip("-").split(" ")
    for low, high, first, second in _pairs(audit, name, comparison):
        if (first, second) in ((group, other), (other, group)):
            turned = first != group
            if comparison == "ratio":
                return (1 / high if high else float("inf"), 1 / low if low else float("inf")) if turned else (low, high)
            return (-high, -low) if here.startswith("-") != turned else (low, high)
    return float("nan"), float("nan")


def _pairs(audit: Audit, name: str, comparison: str) -> Iterator[tuple[float, float, Any, Any]]:
    gaps = audit.gaps_of(None)
    chosen = gaps[(gaps["metric"] == name) & (gaps["comparison"] == comparison) & (gaps["kind"] == "pair")]
    yield from zip(chosen["low"], chosen["high"], chosen["group"], chosen["reference"], strict=True)
