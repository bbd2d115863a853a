"""Disparities as scikit-learn scorers, for cross-validation and searches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from biasaudit.arguments import column_names
from biasaudit.audits.answers import ranges
from biasaudit.counts.alignment import align_to_table
from biasaudit.errors import AuditError
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.registry import aliases, row_of

if TYPE_CHECKING:
    from biasaudit.audits.numbers.audit import NumberAudit
    from biasaudit.audits.predictions.audit import Audit
    from biasaudit.metrics.metric import Metric

__all__ = ["DisparityScorer", "make_disparity_scorer"]

TRANSFORMS = {"difference": -1, "ratio": 1, "group_min": 1, "group_max": -1}


def make_disparity_scorer(
    metric: str = "demographic_parity",
    *,
    transform: str = "difference",
    sensitive_features: str | Sequence[str] | None = None,
    pos_label: Any = None,
) -> DisparityScorer:
    """Make a scorer of how far groups are apart, for ``cross_validate`` and ``GridSearchCV``.

    Parameters
    ----------
    metric : str
        A metric or criterion of an audit, such as "selection_rate" or "equalized_odds".
    transform : {"difference", "ratio", "group_min", "group_max"}
        What is made of it, in fairlearn's words: the largest difference, the smallest ratio, the lowest or the highest
        value of any group.
    sensitive_features : str or sequence of str, optional
        Columns of `X`, which has to be a pandas table then. Without it the groups come as metadata:
        ``scorer.set_score_request(sensitive_features=True)`` with metadata routing enabled.
    pos_label : label, optional
        The class that counts as positive, where it is not plain.

    Returns
    -------
    DisparityScorer
        Larger is better, as scikit-learn wants it: "difference" and "group_max" are negated. A fold in which the value
        is undefined scores NaN, never 0; a search ranks it last.

    Raises
    ------
    AuditError
        If there is no such transform.

    Examples
    --------
    >>> import biasaudit as ba
    >>> from sklearn.dummy import DummyClassifier
    >>> data = ba.datasets.load_ricci()
    >>> scorer = make_disparity_scorer("accuracy", sensitive_features="race")
    >>> model = DummyClassifier().fit(data.frame, data.frame["passed"])
    >>> round(scorer(model, data.frame, data.frame["passed"]), 3)
    -0.342
    """
    if transform not in TRANSFORMS:
        raise AuditError(f'transform="{transform}" is not known. Say one of: {", ".join(TRANSFORMS)}.')
    names = column_names("sensitive_features", sensitive_features)
    return DisparityScorer(metric, transform, names, pos_label)


class DisparityScorer:
    """A callable with scikit-learn's signature of scorers; made by :func:`make_disparity_scorer`.

    Parameters
    ----------
    metric : str
        As :func:`make_disparity_scorer` takes it.
    transform : str
        As :func:`make_disparity_scorer` takes it.
    features : tuple of str
        Columns of groups; empty where they come as metadata.
    pos_label : label, optional
        The class that counts as positive, where it is not plain.

    Examples
    --------
    >>> import biasaudit as ba
    >>> from sklearn.dummy import DummyClassifier
    >>> from biasaudit.integrations.scoring import make_disparity_scorer
    >>> ricci = ba.datasets.load_ricci().frame
    >>> model = DummyClassifier(strategy="constant", constant=1).fit(ricci, ricci["passed"])
    >>> for transform in ("difference", "ratio", "group_min"):
    ...     scorer = make_disparity_scorer("accuracy", transform=transform, sensitive_features="race")
    ...     print(transform, round(scorer(model, ricci, ricci["passed"]), 3))
    difference -0.342
    ratio 0.433
    group_min 0.261
    """

    def __init__(self, metric: str, transform: str, features: tuple[str, ...], pos_label: Any):
        self.metric, self.transform, self.features, self.pos_label = metric, transform, features, pos_label
        self._request: bool | str | None = None

    def __repr__(self) -> str:
        return (
            f"make_disparity_scorer({self.metric!r}, transform={self.transform!r}, sensitive_features={self.features})"
        )

    def __call__(self, estimator: Any, X: Any, y: Any, *, sensitive_features: Any = None, **_: Any) -> float:
        """Score a fitted estimator; larger is better, NaN where undefined.

        Raises
        ------
        AuditError
            If the groups are not there, or predictions and labels cannot be audited.
        """
        groups = self._groups(X, sensitive_features)
        audit = _audit(
            groups,
            np.asarray(align_to_table("y", y, X)),
            self._outputs(estimator, X),
            self._needs_scores,
            self.pos_label,
            isinstance(self._row, Moment),
        )
        return math.nan if audit is None else TRANSFORMS[self.transform] * self._value(audit)

    def set_score_request(self, *, sensitive_features: bool | str | None = None) -> DisparityScorer:
        """Ask scikit-learn's metadata routing for the groups of each row.

        Parameters
        ----------
        sensitive_features : bool, str or None
            True asks for metadata of this name, a str for those of another.

        Returns
        -------
        DisparityScorer

        Raises
        ------
        RuntimeError
            If metadata routing is not enabled, as for scikit-learn's own scorers.

        Examples
        --------
        >>> import sklearn
        >>> from biasaudit.integrations.scoring import make_disparity_scorer
        >>> with sklearn.config_context(enable_metadata_routing=True):
        ...     scorer = make_disparity_scorer("accuracy").set_score_request(sensitive_features=True)
        >>> scorer.get_metadata_routing().score.requests
        {'sensitive_features': True}
        """
        import sklearn

        if not sklearn.get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "Metadata routing is not enabled. Call sklearn.set_config(enable_metadata_routing=True) first."
            )
        self._request = sensitive_features
        return self

    def get_metadata_routing(self) -> Any:
        """Say what this scorer asks for; scikit-learn's protocol.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRequest
            For `sensitive_features` alone.

        Examples
        --------
        >>> from biasaudit.integrations.scoring import make_disparity_scorer
        >>> make_disparity_scorer("accuracy").get_metadata_routing().score.requests
        {'sensitive_features': None}
        """
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        request.score.add_request(param="sensitive_features", alias=self._request)
        return request

    @property
    def _row(self) -> Metric:
        return row_of(aliases().get(self.metric, self.metric))

    @property
    def _needs_scores(self) -> bool:
        needs = self._row.needs
        return "score" in needs or "probability" in needs

    def _outputs(self, estimator: Any, X: Any) -> Any:
        if not self._needs_scores:
            return np.asarray(estimator.predict(X))
        if hasattr(estimator, "predict_proba"):
            return np.asarray(estimator.predict_proba(X))[:, 1]
        return np.asarray(estimator.decision_function(X))

    def _groups(self, X: Any, given: Any) -> dict[str, Any]:
        """Take the groups from metadata where they came, and else from the columns that were named."""
        import pandas as pd

        if given is not None:
            given = align_to_table("sensitive_features", given, X)
            table = given if isinstance(given, pd.DataFrame) else pd.DataFrame({"group": np.asarray(given)})
            return {str(name): np.asarray(table[name]) for name in table}
        if not self.features:
            raise AuditError(
                "The scorer has no groups. Name columns of X with sensitive_features=, or pass them as metadata after "
                "set_score_request(sensitive_features=True)."
            )
        missing = [name for name in self.features if name not in getattr(X, "columns", ())]
        if missing:
            held = (
                f"X has the columns {', '.join(map(str, X.columns[:12]))}"
                if hasattr(X, "columns")
                else "X has no names"
            )
            raise AuditError(
                f'"{missing[0]}" is not a column of X. {held}. Pass a pandas table, or the groups as metadata.'
            )
        return {name: np.asarray(X[name]) for name in self.features}

    def _value(self, audit: Audit | NumberAudit) -> float:
        if self.transform in ("group_min", "group_max"):
            return _of_any_group(audit, self.metric, self.transform == "group_min")
        table = ranges(audit, self.metric, self.transform)
        row = table[table["sensitive_features"].map(len) == len(audit.table.features)]
        # A group without a value leaves the answer undefined, or a model would gain by having such a group.
        return float(row["estimate"].iloc[0]) if len(row) and not row["reason"].iloc[0] else math.nan


def _audit(
    groups: dict[str, Any], y: Any, outputs: Any, scores: bool, pos_label: Any, is_number: bool
) -> Audit | NumberAudit | None:
    """Audit a fold; None where it holds fewer than two groups."""
    import pandas as pd

    from biasaudit.audits.counts import binary_table, counted
    from biasaudit.audits.predictions.audit import Audit
    from biasaudit.audits.request import read_request
    from biasaudit.audits.source import opened
    from biasaudit.metrics.cell_totals import rows_by_group

    names = {f"group: {name}": values for name, values in groups.items()}
    frame = pd.DataFrame(names | {"label": y, "output": outputs})
    given = {"sensitive_features": list(names), "y_true": "label", "score" if scores else "y_pred": "output"}
    if is_number:
        return _audit_numbers(frame, given, pos_label)
    request = read_request(frame, given, pos_label=pos_label)
    with opened(frame, request) as source:
        found = counted(source, request)
    if np.count_nonzero(rows_by_group(found.table)) < 2:
        return None
    return Audit(binary_table(found.table, found.reading.positive), "Audit of a fold")


def _audit_numbers(frame: Any, given: dict[str, Any], pos_label: Any) -> NumberAudit | None:
    """Audit a fold of a model that predicts a number."""
    from biasaudit.audits.audit_predictions import audit_predictions

    if len(frame[given["sensitive_features"]].drop_duplicates()) < 2:
        return None
    if pos_label is not None:
        raise AuditError("pos_label is a value of a yes or no, and this metric is of a number. Leave it out.")
    return cast("NumberAudit", audit_predictions(frame, **given, outcome_type="number"))


def _of_any_group(audit: Audit | NumberAudit, metric: str, lowest: bool) -> float:
    name = audit.disparities(metric)["metric"].iloc[0]
    rates = audit.rates()
    crossed = rates["group"].map(len) == len(audit.table.features)
    rows = rates[crossed & (rates["metric"] == name)]
    # An intersection that nobody is in has no say; one whose rate is undefined leaves the answer undefined.
    present = {tuple(g.items()) for g, n in _sizes(rates) if n > 0}
    values = np.array([e for g, e in zip(rows["group"], rows["estimate"], strict=True) if tuple(g.items()) in present])
    return float(values.min() if lowest else values.max()) if len(values) else math.nan


def _sizes(rates: Any) -> Any:
    sizes = rates[rates["metric"] == "share_of_data"]
    return zip(sizes["group"], sizes["numerator"], strict=True)
