"""SageMaker Clarify's bias metrics, each a declared row: its formula, and the same figure here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.audits.clarify._facets import Facet, conditional_disparity, ratio
from biasaudit.inference.inequality import inequality
from biasaudit.inference.means.distances import jensen_shannon, kullback_leibler, lp_norm, total_variation
from biasaudit.metrics.rates import Cell

__all__ = ["CLARIFY_METRICS", "ClarifyMetric"]

TN, FP, FN, TP = Cell
LABELLED, UNLABELLED = TP | FN, TN | FP
SELECTED, REJECTED = TP | FP, TN | FN
EVERY = LABELLED | UNLABELLED
LABEL, PREDICTION = ("y_true",), ("y_pred",)
BOTH = (*LABEL, *PREDICTION)


@dataclass(frozen=True)
class ClarifyMetric:
    """A bias metric of Clarify's.

    Parameters
    ----------
    name, label : str
        Its short and its long name.
    stage : {"pre", "post"}
        Whether it is of data, before training, or of what a model predicts, after it.
    formula : str
        In words; d is the group, a whom it is held against.
    value : callable
        Computes it of a Facet.
    needs : tuple of str
        Which of "y_true", "y_pred", "control_features" and "features" it needs.
    here : str
        The same figure in `disparities()`: metric and comparison, with a minus where the sign is turned. It brings the
        interval. Empty where there is none.
    classes : bool
        Whether it is of all classes, and needs no positive one.
    """

    name: str
    label: str
    stage: str
    formula: str
    value: Callable[[Facet], float]
    _: KW_ONLY
    needs: tuple[str, ...] = BOTH
    here: str = ""
    classes: bool = False


def _gap(part: Cell, whole: Cell, of: str = "a − d") -> Callable[[Facet], float]:
    """Subtract a share, or a quotient, of one side from that of the other."""
    sign = 1 if of == "a − d" else -1
    return lambda facet: sign * (facet.a.share(part, whole) - facet.d.share(part, whole))


def _apart(distance: Callable[..., Floats]) -> Callable[[Facet], float]:
    return lambda facet: float(distance(facet.a.labels, facet.d.labels))


def _largest(facet: Facet) -> float:
    """Return the largest difference in one label: classes have no order in which they could be added up."""
    with np.errstate(invalid="ignore"):
        a, d = (side.labels / side.labels.sum() for side in (facet.a, facet.d))
    return float(np.abs(a - d).max())


def _imbalance(facet: Facet) -> float:
    return ratio(facet.a.people - facet.d.people, facet.a.people + facet.d.people)


def _impact(facet: Facet) -> float:
    return ratio(facet.d.share(SELECTED, EVERY), facet.a.share(SELECTED, EVERY))


def _entropy(facet: Facet) -> float:
    return float(inequality((facet.a.cells + facet.d.cells)[None], "generalized_entropy").total)


def _unknown(facet: Facet) -> float:
    """Return nothing: features are in no table of counts."""
    return float("nan")


CLARIFY_METRICS: tuple[ClarifyMetric, ...] = (
    ClarifyMetric(
        "CI",
        "Class imbalance",
        "pre",
        "(people of a − people of d) / people of both",
        _imbalance,
        needs=(),
        classes=True,
    ),
    ClarifyMetric(
        "DPL",
        "Difference in proportions of labels",
        "pre",
        "share of positive labels, a − d",
        _gap(LABELLED, EVERY),
        needs=LABEL,
        here="-base_rate difference",
    ),
    ClarifyMetric(
        "KL",
        "Kullback-Leibler divergence",
        "pre",
        "sum over labels of share in a × ln(share in a / share in d)",
        _apart(kullback_leibler),
        needs=LABEL,
        classes=True,
    ),
    ClarifyMetric(
        "JS",
        "Jensen-Shannon divergence",
        "pre",
        "mean of KL of a and KL of d, each from the mean of both distributions",
        _apart(jensen_shannon),
        needs=LABEL,
        classes=True,
    ),
    ClarifyMetric(
        "LP",
        "Lp norm",
        "pre",
        "root of the sum over labels of (share in a − share in d)²",
        _apart(lp_norm),
        needs=LABEL,
        classes=True,
    ),
    ClarifyMetric(
        "TVD",
        "Total variation distance",
        "pre",
        "half of the sum over labels of |share in a − share in d|",
        _apart(total_variation),
        needs=LABEL,
        classes=True,
    ),
    ClarifyMetric(
        "KS",
        "Kolmogorov-Smirnov",
        "pre",
        "the largest |share in a − share in d| of one label",
        _largest,
        needs=LABEL,
        classes=True,
    ),
    ClarifyMetric(
        "CDDL",
        "Conditional demographic disparity in labels",
        "pre",
        "mean over strata, by people, of share of d among negative labels − among positive labels",
        lambda facet: conditional_disparity(facet, LABELLED, UNLABELLED)[0],
        needs=(*LABEL, "control_features"),
    ),
    ClarifyMetric(
        "DPPL",
        "Difference in positive proportions in predicted labels",
        "post",
        "share predicted positive, a − d",
        _gap(SELECTED, EVERY),
        needs=PREDICTION,
        here="-selection_rate difference",
    ),
    ClarifyMetric(
        "DI",
        "Disparate impact",
        "post",
        "share predicted positive, d / a",
        _impact,
        needs=PREDICTION,
        here="selection_rate ratio",
    ),
    ClarifyMetric(
        "DCAcc",
        "Difference in conditional acceptance",
        "post",
        "positive labels for each positive prediction, a − d",
        _gap(LABELLED, SELECTED),
    ),
    ClarifyMetric(
        "DCR",
        "Difference in conditional rejection",
        "post",
        "negative labels for each negative prediction, d − a",
        _gap(UNLABELLED, REJECTED, "d − a"),
    ),
    ClarifyMetric(
        "SD",
        "Specificity difference",
        "post",
        "true negatives among negative labels, d − a",
        _gap(TN, UNLABELLED, "d − a"),
        here="true_negative_rate difference",
    ),
    ClarifyMetric(
        "RD",
        "Recall difference",
        "post",
        "true positives among positive labels, a − d",
        _gap(TP, LABELLED),
        here="-true_positive_rate difference",
    ),
    ClarifyMetric(
        "DAR",
        "Difference in acceptance rates",
        "post",
        "true positives among positive predictions, a − d",
        _gap(TP, SELECTED),
        here="-positive_predictive_value difference",
    ),
    ClarifyMetric(
        "DRR",
        "Difference in rejection rates",
        "post",
        "true negatives among negative predictions, d − a",
        _gap(TN, REJECTED, "d − a"),
        here="negative_predictive_value difference",
    ),
    ClarifyMetric(
        "AD",
        "Accuracy difference",
        "post",
        "share predicted rightly, a − d",
        _gap(TP | TN, EVERY),
        here="-accuracy difference",
    ),
    ClarifyMetric(
        "TE",
        "Treatment equality",
        "post",
        "false negatives for each false positive, d − a",
        _gap(FN, FP, "d − a"),
        here="treatment_equality difference",
    ),
    ClarifyMetric(
        "CDDPL",
        "Conditional demographic disparity in predicted labels",
        "post",
        "mean over strata, by people, of share of d among those rejected − among those selected",
        lambda facet: conditional_disparity(facet, SELECTED, REJECTED)[0],
        needs=(*PREDICTION, "control_features"),
    ),
    ClarifyMetric(
        "FT",
        "Counterfactual fliptest",
        "post",
        "(people of d rejected whose nearest of a are selected − selected whose nearest are rejected) / people of d",
        _unknown,
        needs=(*PREDICTION, "features"),
    ),
    ClarifyMetric(
        "GE",
        "Generalized entropy",
        "post",
        "half of the mean of (benefit / mean benefit)² − 1, of everyone; benefit = prediction − label + 1",
        _entropy,
    ),
)
