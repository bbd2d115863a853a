"""The search for subgroups: every intersection of levels, tried in one half of the rows and confirmed in the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arguments import check_seed
from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.audits.outcomes import NUMBER
from biasaudit.audits.request import Request
from biasaudit.audits.source import opened
from biasaudit.audits.subgroups._holdout import split_people
from biasaudit.audits.subgroups._input import Cells, given_away, read_cells
from biasaudit.audits.subgroups._matrix_products import counter_on, wants_cuda
from biasaudit.audits.subgroups._request import NUMBER_METRICS, check_numbers, named_rate, rate_of, read_search_request
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.rates import Rate
from biasaudit.search.bitsets import Bitsets
from biasaudit.search.patterns import frequent_patterns
from biasaudit.search.selection import N_SIDES, Discoveries

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.subgroups.numbers.audit import NumberSubgroupAudit
    from biasaudit.reporting.report import Finding, Report

__all__ = ["SubgroupAudit", "find_subgroups"]


@dataclass(frozen=True, eq=False, repr=False)
class SubgroupAudit(Answers):
    """The answer of a search for subgroups; everything in it is arithmetic on the counts of its patterns.

    Parameters
    ----------
    found : Discoveries
        Every pattern with its counts in either half.
    features : tuple of str
        Columns that made subgroups.
    levels : tuple of tuple of str
        Levels of each feature.
    rate : Rate
        What is compared.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    rank_by : {"p_value", "effect", "sliceline"}
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know first.
    rows, left_out : int
        Rows read, and those without an outcome.
    positive : str
        Which values count as positive.
    words : OutcomeWords
        What the outcome means to people.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
    >>> print(audit.findings()[0].sentence)
    For all 11 subgroups the data cannot tell. The strongest that is not confirmed: 61.8 % where race = White (34 rows),
    40.0 % elsewhere in the half held out; among so many that may be chance.
    """

    found: Discoveries
    features: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    rate: Rate
    title: str = "Subgroups of a table"
    settings: Mapping[str, Any] = field(default_factory=dict)
    rank_by: str = "p_value"
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    rows: int = 0
    left_out: int = 0
    positive: str = ""
    words: OutcomeWords = field(default_factory=OutcomeWords)

    @cached_property
    def _subgroups(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups._tables import subgroup_table

        return subgroup_table(self.found, self.features, self.levels, self.rank_by, self.confidence)

    def subgroups(self) -> pd.DataFrame:
        """Return every subgroup that was tried: what is shown first, then by the ranking asked for.

        Returns
        -------
        DataFrame
            Of the whole table: pattern (dict of feature to level), n (eligible rows), support (their share of all) and
            cases. Of the half held out, which had no say in what was chosen: n_held_out and cases_held_out, rate,
            rate_rest (of all other rows), effect (rate less rate_rest) with low and high, p_value (two-sided, not
            adjusted). Then effect_searched and effect_held_out (in each half), p_adjusted (of the half held out, after
            all that the other half suggested), sliceline (Sagadeeva and Boehm 2021, of all rows), confirmed (p_adjusted
            is at most one minus the confidence), material (the effect is past the tolerance), verdict, and
            explained_by: the shorter pattern that tells the same (dict), or None.

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
        >>> found = audit.subgroups()
        >>> shown = found[["pattern", "n", "rate", "rate_rest", "p_adjusted", "verdict"]].head(3).round(3)
        >>> print(shown.to_string(index=False))
                                         pattern  n  rate  rate_rest  p_adjusted     verdict
                               {'race': 'White'} 68 0.618      0.400       0.058 cannot tell
        {'race': 'White', 'position': 'Captain'} 25 0.538      0.522       1.000 cannot tell
                               {'race': 'Black'} 27 0.538      0.522       1.000 cannot tell
        """
        return self._subgroups.reset_index(drop=True)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups._tables import rates_of

        return rates_of(self.found, self._subgroups, self.rate, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.subgroups._tables import disparities_of

        return disparities_of(self.subgroups(), self.rate.name)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.subgroups._findings import subgroup_findings

        return subgroup_findings(self._subgroups, self.rate, self.found, self.confidence, self.words)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
        >>> audit.report().rows
        118
        """
        import pandas as pd

        from biasaudit.audits.subgroups._findings import subgroup_headline, subgroup_section
        from biasaudit.reporting.formats.without_tables import report_without_tables
        from biasaudit.reporting.report import MetricText

        bare = report_without_tables(
            self.title,
            subgroup_headline(self._subgroups, self.rate, self.positive if self.rate.name != "outcome" else ""),
            findings=self._findings,
            sections=(subgroup_section(self._subgroups, self.rate, self.found, self.settings.get("cluster")),),
            settings={
                **self.settings,
                "rank_by": self.rank_by,
                **verdict_settings(self.confidence, "difference"),
            },
            rows=self.rows,
            warnings=self.warnings,
        )
        left_out: list[Any] = [("no outcome", {}, self.left_out)] if self.left_out else []
        return replace(
            bare,
            positive=self.positive,
            metrics={self.rate.name: MetricText.of(self.rate)},
            left_out=pd.DataFrame(left_out, columns=["reason", "group", "rows"]),
        )

    def to_text(self, *, width: int = 100) -> str:
        """Answer in about ten lines for a terminal of so many columns.

        Parameters
        ----------
        width : int, default 100
            Columns of the terminal.

        Returns
        -------
        str

        Examples
        --------
        >>> import biasaudit as ba
        >>> audit = ba.find_subgroups(ba.datasets.load_ricci(), features=["race", "position"])
        >>> print(audit.to_text(width=90).splitlines()[0])
        Subgroups of "ricci": 118 rows
        """
        from biasaudit.reporting.formats.terminal import to_text

        return to_text(self.report(), width=width, findings=4, tables="subgroups()")

    def __repr__(self) -> str:
        return self.to_text()


def find_subgroups(
    data: Any,
    *,
    outcome: str | None = None,
    features: Sequence[str] | str | None = None,
    y_true: str | None = None,
    y_pred: str | None = None,
    metric: str | None = None,
    pos_label: Any = None,
    sample_weight: str | None = None,
    cluster: str | None = None,
    count: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    max_features: int | None = None,
    min_support: float = 0.01,
    rank_by: str = "p_value",
    confidence: float = 0.95,
    device: str = "auto",
    random_state: int = 0,
    words: Mapping[str, str] | None = None,
    outcome_type: str | None = None,
    positive: str | Sequence[str] | None = None,
    unit: str | None = None,
    tolerance: float | str | None = None,
) -> SubgroupAudit | NumberSubgroupAudit:
    """Find the subgroups in which an outcome, or a model's errors, is more or less frequent, or higher, than elsewhere.

    Every conjunction of levels of different features that holds for enough rows is tried; none is left out. One half
    of the rows suggests, the other confirms, and what a shorter pattern explains is not told again.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes, the path of a CSV, Parquet or Arrow file (or a glob), or a Dataset, whose sensitive
        features and label stand in for those left out here.
    outcome : str, optional
        Column of what is compared: 0/1, bool, any two values with `pos_label`, or a number, whose means are compared.
    features : str or sequence of str
        Columns whose levels make subgroups. A missing value is the level "(missing)".
    y_true, y_pred : str, optional
        Columns of labels and predictions, in place of `outcome`: where is the model wrong?
    metric : str, optional
        With `y_true` and `y_pred`: "error_rate" (the default) or any rate of an audit of predictions that is a share
        of rows, such as "false_positive_rate", which is searched for among rows with a negative label alone.
        Of numbers, "mean_absolute_error" (the default), "mean_error" or "mean_outcome".
    pos_label : label, optional
        The value that counts as positive, where it is not plain.
    sample_weight : str, optional
        Column of weights: finite, none negative. Rates are rates of the weight; n and cases stay rows.
    cluster : str, optional
        Column that says which rows belong together, such as the person: they go to the same half.
    count : str, optional
        Column that says how many people a row stands for: they are dealt to the halves one by one, never as a whole.
        With `sample_weight`, each of them carries that weight; with `cluster`, all of them belong to that cluster.
    bins : mapping of str to sequence of float, optional
        Edges of features that hold numbers: ``{"age": [25, 45]}`` makes under 25, 25 to 45, 45 or more.
    max_features : int, optional
        Conditions of the longest pattern; as many as have enough rows otherwise.
    min_support : float, default 0.01
        Share of the eligible rows that a pattern must hold for, above 0 and at most 0.5.
    rank_by : {"p_value", "effect", "sliceline"}
        Order of the subgroups: by p-value or by size of the effect in the half that is searched, so that who comes
        first is told from rows that did not choose it; or by SliceLine's score of all rows.
    confidence : float, default 0.95
        Of the intervals; one minus it is the share of what is shown that may be false.
    device : {"auto", "cpu", "cuda"}
        Where patterns are counted; "auto" is CUDA where torch finds it and the table is large.
    random_state : int
        Seed of the halves.
    words : mapping of str to str, optional
        What sentences say of people, as for :func:`audit_predictions`: of an outcome ``people``, ``positive`` and
        ``good``. A data card's own stand in for those left out.
    outcome_type : {"binary", "number"}, optional
        What the outcome is, where its values do not say so.
    positive : str or sequence of str, optional
        Where a number is cut into yes and no, such as ``"wage>=20"``.
    unit : str, optional
        Unit of a number, such as "dollars an hour".
    tolerance : float or str, optional
        Gap of means that is too small to matter, in the unit, or such as "0.2 sd"; a tenth of a standard deviation of
        the outcome otherwise.

    Returns
    -------
    SubgroupAudit or NumberSubgroupAudit
        The latter of a number: its table holds estimate, rest and gap in the unit.

    Raises
    ------
    AuditError
        If a column is missing or not what it should be, the outcome has one class, or there are too many patterns.

    Notes
    -----
    The effect is the rate of the subgroup less that of the rest, not of everyone: a group of half the rows is not
    compared with itself. It is told, with its interval, from the half held out alone: where it was chosen, it looks
    larger than it is. Weights count by their linearised variance and clusters by the spread between them, in both
    halves.

    References
    ----------
    Pastor, de Alfaro and Baralis (2021), "Looking for trouble: analyzing classifier behavior via pattern divergence".
    Cox (1975), "A note on data-splitting for the evaluation of significance levels".
    Benjamini and Hochberg (1995); Rubin, Dudoit and van der Laan (2006) for the confirmation.

    Examples
    --------
    >>> import biasaudit as ba
    >>> audit = ba.find_subgroups(ba.datasets.load_compas(), features=["race", "sex"], min_support=0.02)
    >>> row = audit.subgroups().iloc[0]
    >>> row["pattern"], float(row["effect"].round(3)), row["verdict"]
    ({'race': 'African-American', 'sex': 'Male'}, 0.17, 'shown')
    """
    given = {
        "sensitive_features": features,
        "outcome": outcome,
        "y_true": y_true,
        "y_pred": y_pred,
        "sample_weight": sample_weight,
        "cluster": cluster,
        "count": count,
    }
    request = read_search_request(
        data,
        given,
        metric,
        pos_label=pos_label,
        bins=bins,
        confidence=confidence,
        words=words,
        outcome_type=outcome_type,
        positive=positive,
        unit=unit,
    ).read_as("outcome")
    rate = None if metric in NUMBER_METRICS else rate_of(metric, request)
    check_numbers(max_features, min_support, rank_by, device)
    seed = check_seed(random_state)
    alone = request.argument_names.get("y_true") == "outcome"
    labels = {request.argument(role): name for role in ("y_true", "y_pred") if (name := request.column(role))}
    with opened(data, request) as source:
        if source.outcome.type != NUMBER:
            rate = rate or rate_of(metric, request)
            cells = read_cells(source, request, rate)
    if source.outcome.type == NUMBER:
        from biasaudit.audits.subgroups.numbers.find_number_subgroups import find_number_subgroups

        return find_number_subgroups(
            data,
            request,
            source.outcome,
            metric=metric,
            settings=_settings(request, labels, metric, bins),
            tolerance=tolerance,
            max_features=max_features,
            min_support=min_support,
            rank_by=rank_by,
            random_state=seed,
        )
    assert rate is not None
    return SubgroupAudit(
        _searched(cells, max_features, min_support, device, seed),
        features=cells.features,
        levels=cells.levels,
        rate=named_rate(cells.positive) if alone else rate,
        title=f"Subgroups of {source.name or 'a table'}",
        settings={
            **_settings(request, labels, metric, bins),
            "max_features": max_features,
            "min_support": min_support,
            "random_state": seed,
        },
        rank_by=rank_by,
        confidence=request.confidence,
        warnings=(*source.notes, *request.notes(), *cells.notes, *given_away(cells, labels)),
        rows=cells.read,
        left_out=cells.left_out,
        positive=cells.positive,
        words=request.words,
    )


def _settings(request: Request, labels: Mapping[str, str], metric: str | None, bins: Any) -> dict[str, Any]:
    """Return what was asked of which columns, for reports."""
    return {
        **labels,
        "metric": metric,
        "features": list(request.features),
        "pos_label": request.pos_label,
        **{role: name for role in ("sample_weight", "cluster", "count") if (name := request.column(role))},
        "bins": dict(bins or {}),
        **({"positive": [cut.text for cut in request.cuts.values()]} if request.cuts else {}),
    }


def _searched(
    cells: Cells, max_features: int | None, min_support: float, device: str, random_state: int
) -> Discoveries:
    """Deal the people to two halves and count every pattern in either."""
    split = split_people(cells, random_state)
    rows, cases = split.rows, split.cases
    sides = np.stack([rows - cases, cases, cells.rows - rows - (cells.cases - cases), cells.cases - cases], axis=1)
    cell, side = np.nonzero(sides)
    levels = [len(names) for names in cells.levels]
    bits = Bitsets.pack(cells.codes[cell], levels, side, sides[cell, side], N_SIDES)
    counter = counter_on("cuda", bits) if wants_cuda(device, len(cell)) else bits.count
    total = int(cells.rows.sum())
    # A share such as 0.07 of 100 rows is 7.000000000000001 of them.
    fewest = max(1, math.ceil(min_support * total - 1e-9))
    patterns = frequent_patterns(levels, counter, min_rows=fewest, max_features=max_features)
    return Discoveries(patterns, _in_each_half(rows, cells.rows), _in_each_half(cases, cells.cases), split.halves)


def _in_each_half(first: NDArray[np.int64], everything: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum up what is in the first half, and what is in the other."""
    return np.array([first.sum(), everything.sum() - first.sum()])
