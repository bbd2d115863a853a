"""The audit of errors over trials: words wrong of words spoken, as certain as there are speakers or other clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.audits.cautions import cautions
from biasaudit.audits.errors._text_counts import count_texts, word_error_section
from biasaudit.audits.families import Family, check_reference, check_two_groups, families
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.request import Request, read_request
from biasaudit.audits.source import Source, opened
from biasaudit.counts.error_counts import count_errors
from biasaudit.errors import AuditError
from biasaudit.metrics.cell_totals import rows_by_group
from biasaudit.metrics.registry import ERRORS_OF_TRIALS as ERROR_RATE
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.counts.table.crosstab import Crosstab
    from biasaudit.reporting.report import MetricText, Report

__all__ = ["ErrorAudit", "audit_errors"]

FEW = 10


@dataclass(frozen=True, eq=False, repr=False)
class ErrorAudit(Audit):
    """The answer of an audit of errors; everything in it is arithmetic on its table of trials.

    The other parameters are those of :class:`biasaudit.Audit`.

    Parameters
    ----------
    errors, trials : str
        What was counted, for people.
    put_in : Crosstab, optional
        Where texts were compared: the same table, in which words put in stand for what went wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> wrong = [24, 6, 19, 3, 16, 10, 4, 9, 1, 7, 5, 1]
    >>> heard = pd.DataFrame({"speaker": range(12), "gender": list("ffffffmmmmmm"), "wrong": wrong, "words": 40})
    >>> asked = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}
    >>> audit = ba.audit_errors(heard, **asked)
    >>> rates = audit.rates()
    >>> print(rates[["group", "numerator", "denominator", "estimate"]].round(3).to_string(index=False))
              group  numerator  denominator  estimate
                 {}      105.0        480.0     0.219
    {'gender': 'f'}       78.0        240.0     0.325
    {'gender': 'm'}       27.0        240.0     0.112
    {'gender': 'f'}      240.0        480.0     0.500
    {'gender': 'm'}      240.0        480.0     0.500
    """

    errors: str = "errors"
    trials: str = "trials"
    put_in: Crosstab | None = None

    @cached_property
    def _splits(self) -> tuple[Family, ...]:
        return families(self.table, self.reference, (ERROR_RATE,))

    @cached_property
    def _everyone(self) -> Family:
        return Family(self.table.rollup(()), (ERROR_RATE,))

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import metric_texts
        from biasaudit.reporting.report import MetricText

        errors, trials = clean(self.errors), clean(self.trials)
        # A column that somebody counted may hold hires as well: it is called what they call it.
        label, share = (
            (f"Rate of {errors}", f"counted as {errors}")
            if self.put_in is None
            else ("Match error rate", "that went wrong")
        )
        return metric_texts() | {
            ERROR_RATE.name: MetricText(label, f"of all {trials}, the share {share}", ERROR_RATE.source)
        }

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> wrong = [24, 6, 19, 3, 16, 10, 4, 9, 1, 7, 5, 1]
        >>> heard = pd.DataFrame({"speaker": range(12), "gender": list("ffffffmmmmmm"), "wrong": wrong, "words": 40})
        >>> asked = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}
        >>> audit = ba.audit_errors(heard, **asked)
        >>> audit.report().headline
        'People fare differently by gender: rate of wrong is 32.5 % for gender = f and 11.2 % for gender = m, a gap of
        21.3 points (3.2 to 42.1, 95 % sure).'
        """
        sections = () if self.put_in is None else (word_error_section(self.intervals()),)
        return replace(super().report(), unit=self.trials, sections=sections)

    def naive(self) -> ErrorAudit:
        """Return the audit that takes every trial for an independent one, to see what that would claim.

        Returns
        -------
        ErrorAudit

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> wrong = [24, 6, 19, 3, 16, 10, 4, 9, 1, 7, 5, 1]
        >>> heard = pd.DataFrame({"speaker": range(12), "gender": list("ffffffmmmmmm"), "wrong": wrong, "words": 40})
        >>> asked = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}
        >>> audit = ba.audit_errors(heard, **asked)
        >>> for one in (audit, audit.naive()):
        ...     gap = one.disparities("error_rate").iloc[0]
        ...     print(f"{gap['low']:.2f} to {gap['high']:.2f}")
        0.03 to 0.42
        0.14 to 0.28
        """
        return replace(self, table=self.table.without_clusters(), title=f"{self.title}, as if all were independent")

    def intervals(self) -> pd.DataFrame:
        """Return the interval of each group beside the one that takes every trial for an independent one.

        Returns
        -------
        DataFrame
            Columns group (dict of feature to value), errors, trials, clusters (NaN without any), estimate, low, high,
            naive_low, naive_high, design_effect: how many times as uncertain, in variance, the clusters make it. Where
            texts were compared also words (those spoken) and word_error_rate: errors of these, which can pass 1.

        References
        ----------
        Kish (1965), Survey Sampling, section 5.4, for the design effect.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> wrong = [24, 6, 19, 3, 16, 10, 4, 9, 1, 7, 5, 1]
        >>> heard = pd.DataFrame({"speaker": range(12), "gender": list("ffffffmmmmmm"), "wrong": wrong, "words": 40})
        >>> asked = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}
        >>> audit = ba.audit_errors(heard, **asked)
        >>> table = audit.intervals()
        >>> shown = table[["group", "low", "high", "naive_low", "naive_high", "design_effect"]].round(2)
        >>> print(shown.to_string(index=False))
                  group  low  high  naive_low  naive_high  design_effect
                     {} 0.13  0.35       0.18        0.26           7.88
        {'gender': 'f'} 0.16  0.55       0.27        0.39           7.38
        {'gender': 'm'} 0.05  0.22       0.08        0.16           2.58
        """
        import pandas as pd

        rates, naive = self.rates(), self.naive().rates()
        picked = rates["metric"] == ERROR_RATE.name
        everyone = [self._everyone, *self._splits]
        nobs = np.concatenate([family.shares.nobs[0] for family in everyone])
        trials = rates[picked]["denominator"].to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            effect = np.where(nobs > 0, trials / nobs, np.nan)
        found = pd.DataFrame(
            {
                "group": rates[picked]["group"],
                "errors": rates[picked]["numerator"],
                "trials": trials,
                "clusters": np.concatenate([_clusters(family.table) for family in everyone]),
                "estimate": rates[picked]["estimate"],
                "low": rates[picked]["low"],
                "high": rates[picked]["high"],
                "naive_low": naive[picked]["low"],
                "naive_high": naive[picked]["high"],
                "design_effect": effect,
            }
        ).reset_index(drop=True)
        return found if self.put_in is None else found.assign(**self._word_error_rates(self.put_in))

    def _word_error_rates(self, put_in: Crosstab) -> dict[str, Any]:
        """Count the words spoken in each group, trials that were not put in, and hold the errors against them."""
        errors, _ = _counted(self.rates())
        inserted, trials = _counted(replace(self, table=put_in, put_in=None).rates())
        words = trials - inserted
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"words": words, "word_error_rate": np.where(words > 0, errors / words, np.nan)}


def _counted(rates: pd.DataFrame) -> tuple[Any, Any]:
    """Return errors and trials of everyone and of each group."""
    mine = rates[rates["metric"] == ERROR_RATE.name]
    return mine["numerator"].to_numpy(), mine["denominator"].to_numpy()


def _clusters(table: Crosstab) -> Any:
    """Count the clusters of each group."""
    if table.cluster is None:
        return np.full(table.shape_size, np.nan)
    pairs = np.unique(np.stack([table.group, table.cluster]), axis=1)
    return np.bincount(pairs[0], minlength=table.shape_size).astype(float)


def audit_errors(
    data: Any,
    *,
    errors: str | None = None,
    trials: str | None = None,
    said: str | None = None,
    heard: str | None = None,
    sensitive_features: Sequence[str] | str | None = None,
    cluster: str | None = None,
    bins: Mapping[str, Sequence[float]] | None = None,
    reference: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
) -> ErrorAudit:
    """Audit errors over trials, such as words heard wrong of words spoken, for gaps between groups.

    Utterances of one speaker are alike, so a thousand words of ten speakers say as much as a few words of each: with
    `cluster`, intervals, tests and verdicts count speakers, or whatever else rows belong to. Errors may be anything
    that is counted among trials; reports call both what their columns are called.

    Give columns of counts (`errors`, `trials`) or of texts (`said`, `heard`), not both. Texts are aligned by jiwer,
    word by word, without regard to case and punctuation. The match error rate, which is judged then, is errors of all
    words spoken or put in, and never passes 1; the word error rate, which stands beside it in the report and in
    ``intervals()``, is the same errors of the words spoken alone, and can.

    Parameters
    ----------
    data : dataframe, path or Dataset
        Anything Narwhals takes, the path of a CSV, Parquet or Arrow file, or a Dataset: a row an utterance, a test or a
        speaker.
    errors : str, optional
        Column of whole numbers: what went wrong in the row.
    trials : str, optional
        Column of whole numbers: what could have gone wrong. One a row if left out.
    said, heard : str, optional
        Columns of text: what a person said in the row, and what the recogniser heard. Nothing heard is an empty text,
        in a CSV an empty cell. These and the columns of groups and speakers have to fit into memory.
    sensitive_features : str or sequence of str
        Columns that say which group a row belongs to.
    cluster : str, optional
        Column that says which rows belong together, such as the speaker.
    bins : mapping of str to sequence of float, optional
        Rising edges of a sensitive feature that holds numbers, such as ``{"age": [25, 45]}``.
    reference : mapping of str to str, optional
        Group of a feature that the others are held against; the largest otherwise.
    confidence : float, default 0.95
        Of the intervals; one minus it is the level of the verdicts.

    Returns
    -------
    ErrorAudit

    Raises
    ------
    AuditError
        If a column is missing or no column of counts, all rows are in one group, there are more errors than trials,
        neither or both of counts and texts are named, a text is missing, a row has no word that was said, or texts are
        to be compared and jiwer is not installed.

    References
    ----------
    Morris, Maier and Green (2004), "From WER and RIL to MER and WIL", for the match error rate.
    Dean and Pagano (2015), "Evaluating confidence interval methods for binomial proportions in clustered surveys".
    Koenecke et al. (2020), "Racial disparities in automated speech recognition", for the question.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> heard = pd.DataFrame({
    ...     "speaker": ["a", "a", "b", "b", "c", "c", "d", "d"], "gender": list("ffffmmmm"),
    ...     "wrong": [3, 4, 9, 8, 1, 2, 5, 6], "words": [20] * 8,
    ... })
    >>> asked = {"errors": "wrong", "trials": "words", "sensitive_features": "gender", "cluster": "speaker"}
    >>> ba.audit_errors(heard, **asked).intervals()[["errors", "trials", "clusters"]].to_numpy().tolist()
    [[38.0, 160.0, 4.0], [24.0, 80.0, 2.0], [14.0, 80.0, 2.0]]
    >>> texts = heard.assign(said="four more", heard=["for more", "four more"] * 2 + ["four more or less", "more"] * 2)
    >>> asked = {"said": "said", "heard": "heard", "sensitive_features": "gender", "cluster": "speaker"}
    >>> ba.audit_errors(texts, **asked).intervals()[["errors", "trials", "words"]].to_numpy().tolist()
    [[8.0, 20.0, 16.0], [2.0, 8.0, 8.0], [6.0, 12.0, 8.0]]
    """
    given = {
        "sensitive_features": sensitive_features,
        "cluster": cluster,
        **_counted_columns(errors, trials, said, heard),
    }
    request = read_request(data, given, reference=reference, bins=bins, confidence=confidence)
    with opened(data, request) as source:
        found = _count(source, request)
    check_two_groups(found["table"], found["table"].rows)
    check_reference(found["table"], request.reference)
    settings = {**request.settings(*given), "reference": dict(request.reference)}
    title = f"Audit of errors in {source.name}" if source.name else "Audit of errors"
    audit = ErrorAudit(
        title=title, settings=settings, reference=request.reference, confidence=request.confidence, **found
    )
    notes = (*source.notes, *request.notes())
    return replace(audit, warnings=(*notes, *audit.warnings, *_few_clusters(audit), *cautions(audit.table)))


def _counted_columns(errors: Any, trials: Any, said: Any, heard: Any) -> dict[str, Any]:
    """Refuse anything but counts alone or texts alone."""
    named = {"errors": errors, "trials": trials, "said": said, "heard": heard}
    given = [name for name, value in named.items() if value is not None]
    if given == ["said", "heard"]:
        return {"said": said, "heard": heard}
    if given in (["errors"], ["errors", "trials"]):
        return {"errors": errors, "trials": trials}
    raise AuditError(
        f"What to count is not plain: {' and '.join(given) if given else 'nothing'} was named. Name errors, with or "
        "without trials (columns of counts), or said and heard (columns of text)."
    )


def _count(source: Source, request: Request) -> dict[str, Any]:
    """Count what was asked for, as fields of the audit."""
    errors, trials, said, heard = (request.column(role) for role in ("errors", "trials", "said", "heard"))
    if errors is not None:
        table = count_errors(
            source.frame,
            features=request.features,
            declared=source.declared,
            errors=errors,
            trials=trials,
            cluster=request.column("cluster"),
        )
        return {"table": table, "errors": errors, "trials": trials or "trials"}
    found = count_texts(
        source.frame,
        said=str(said),
        heard=str(heard),
        features=request.features,
        declared=source.declared,
        cluster=request.column("cluster"),
    )
    return {
        "table": found.wrong,
        "put_in": found.insertions,
        "warnings": found.warnings(),
        "errors": "words wrong",
        "trials": "words spoken or put in",
    }


def _few_clusters(audit: ErrorAudit) -> tuple[str, ...]:
    """Say where the certainty is not what it seems: nobody named the clusters, or there are few."""
    if audit.table.cluster is None:
        return (
            f"All {clean(audit.trials)} are taken for independent ones. If some belong together, such as those of one "
            "person, name cluster=: the intervals are too narrow otherwise.",
        )
    few = []
    for feature in audit.table.features:
        table = audit.table.rollup([feature])
        few += [
            f"{level} ({int(count)})"
            for level, count, rows in zip(*table.levels, _clusters(table), rows_by_group(table), strict=True)
            if rows and count < FEW
        ]
    if not few:
        return ()
    return (
        f"Fewer than {FEW} of {audit.settings['cluster']}: {', '.join(few[:6])}{' and more' * (len(few) > 6)}. So few "
        f"say little about a group, however many {clean(audit.trials)} each has.",
    )
