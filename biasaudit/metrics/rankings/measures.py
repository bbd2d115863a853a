"""The measures of rankings, each a declared row: who stands at the top, who is seen, and who stands above whom."""

import re
from dataclasses import dataclass, replace

from biasaudit.metrics.metric import Metric
from biasaudit.metrics.units import Unit

__all__ = ["RANKS", "RankMeasure", "at_k", "rank_measure"]

# How much exposure there is depends on how long lists are: how large a gap matters, its ratio says.
EXPOSURE = Unit("exposure", "", digits=3, head="Mean")
MERIT = Unit("exposure for relevance", "", digits=3, head="Mean")
IN_TOP = re.compile(r"share_in_top_([1-9]\d*)")


@dataclass(frozen=True)
class RankMeasure(Metric):
    """A measure of rankings: a ratio of totals over queries.

    Parameters
    ----------
    resource : str
        What people get, by its name in the table of ranks: "top", "exposure", "below_within" or "below_between".
    claim : str
        What it is held against: "people", "relevance", "less_within" or "less_between".
    shared : bool
        Whether it is handed out within each query, so that each claim is weighed by what there is in its own.
    undefined : str
        Why it has no value where the claim is 0.
    k : int
        Places at the top, of a share in the top; 0 otherwise.
    """

    resource: str = ""
    claim: str = "people"
    shared: bool = True
    undefined: str = "no rows"
    k: int = 0
    lowest: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether it counts people or pairs."""
        return self.resource != "exposure"

    @property
    def has_ratio(self) -> bool:
        """Values are never below 0."""
        return True

    @property
    def is_mean(self) -> bool:
        """Whether everyone's value is the mean of the groups' values: each pair within a group is of one group."""
        return self.shared


RANKS = (
    RankMeasure(
        "share_in_top_k",
        "Share in the top k",
        "of the group's people, the share that stands among the first k",
        needs=("rank",),
        source="Geyik, Ambler & Kenthapadi 2019",
        aliases=("skew_at_k",),
        report_order=1,
        primary=True,
        zero_means="nobody stands among the first k",
        event="stood among the first k",
        resource="top",
    ),
    RankMeasure(
        "mean_exposure",
        "Mean exposure",
        "how much the places of the group's people are seen",
        needs=("rank",),
        source="Singh & Joachims 2018",
        aliases=("exposure",),
        unit=EXPOSURE,
        report_order=2,
        primary=True,
        zero_means="nobody is seen",
        resource="exposure",
    ),
    RankMeasure(
        "exposure_to_merit",
        "Exposure for merit",
        "how much the group's people are seen for each unit of their relevance",
        needs=("rank", "relevance"),
        source="Singh & Joachims 2018",
        aliases=("disparate_treatment_ratio",),
        unit=MERIT,
        report_order=3,
        primary=True,
        zero_means="nobody is seen",
        resource="exposure",
        claim="relevance",
        undefined="no relevance",
    ),
    RankMeasure(
        "pairwise_accuracy_within",
        "Pairwise accuracy within the group",
        "of two people of the group in one list, how often the more relevant one stands above",
        needs=("rank", "relevance"),
        source="Beutel et al. 2019",
        aliases=("intra_group_pairwise_accuracy",),
        harm="low",
        report_order=5,
        zero_means="nobody who is more relevant stands above",
        resource="below_within",
        claim="less_within",
        shared=False,
        undefined="no two people of one list with different relevance",
    ),
    RankMeasure(
        "pairwise_accuracy_between",
        "Pairwise accuracy between groups",
        "of a person of the group and a less relevant one of another in the same list, how often the first stands "
        "above",
        needs=("rank", "relevance"),
        source="Beutel et al. 2019",
        aliases=("inter_group_pairwise_accuracy",),
        harm="low",
        report_order=4,
        primary=True,
        zero_means="nobody who is more relevant stands above",
        resource="below_between",
        claim="less_between",
        shared=False,
        undefined="nobody less relevant of another group in the same list",
    ),
)


def at_k(k: int) -> RankMeasure:
    """Return the row of the share in the top `k`.

    Examples
    --------
    >>> at_k(10).name, at_k(10).label
    ('share_in_top_10', 'Share in the top 10')
    """
    row = RANKS[0]
    return replace(
        row,
        name=f"share_in_top_{k}",
        label=f"Share in the top {k}",
        meaning=row.meaning.replace("first k", f"first {k}"),
        aliases=(),
        zero_means=row.zero_means.replace("first k", f"first {k}"),
        event=row.event.replace("first k", f"first {k}"),
        k=k,
    )


def rank_measure(name: str) -> RankMeasure | None:
    """Return the row of a share in the top of some number of places by its name, or None where it is no such name.

    Examples
    --------
    >>> rank_measure("share_in_top_10").k, rank_measure("share_in_top_k")
    (10, None)
    """
    found = IN_TOP.fullmatch(name)
    return at_k(int(found[1])) if found else None
