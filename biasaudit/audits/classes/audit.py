"""The answer of an audit of several classes; everything in it is arithmetic on its table of counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from biasaudit.audits.answers import Answers, verdict_settings
from biasaudit.audits.classes._questions import ClassPrimary, class_measures
from biasaudit.audits.families import Family, everyone, families
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.classes.words import ClassWords
from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.primary import Primary
from biasaudit.names import clean
from biasaudit.reporting.words.classes import with_classes
from biasaudit.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.inference.measures import Measure
    from biasaudit.reporting.report import Finding, MetricText, Report

__all__ = ["ClassAudit"]


@dataclass(frozen=True, eq=False, repr=False)
class ClassAudit(Answers):
    """The answer of an audit of several classes, all of whose questions share one chance of a false alarm.

    Over all classes there are accuracy, macro recall and macro F1, and mean ranks where the classes have an order; of
    each class against the rest there are selection rate, base rate, true and false positive rate and positive
    predictive value. A problem of yes and no that is one of them has an audit of its own: give `pos_label`.

    Parameters
    ----------
    table : Crosstab
        Table of counts, its classes in order.
    title : str
        The first line of a report.
    settings : mapping of str to object
        What was asked.
    reference : mapping of str to str
        Reference groups that were named.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    warnings : tuple of str
        What a reader has to know about the data.
    ordered : bool
        Whether the classes have an order, so that ranks can be averaged.
    words : ClassWords
        What people and their classes are called.
    primary : Primary
        Whose questions come first, and have nearly all of the chance of a false alarm.

    Examples
    --------
    >>> import pandas as pd
    >>> import biasaudit as ba
    >>> cells = {("woman", "flu", "flu"): 61, ("woman", "flu", "cold"): 39, ("man", "flu", "flu"): 82,
    ...     ("man", "flu", "cold"): 18, ("woman", "cold", "cold"): 90, ("woman", "cold", "none"): 10,
    ...     ("man", "cold", "cold"): 88, ("man", "cold", "none"): 12, ("woman", "none", "none"): 100,
    ...     ("man", "none", "none"): 100}
    >>> frame = pd.DataFrame([*cells], columns=["sex", "diagnosis", "predicted"]).assign(n=[*cells.values()])
    >>> audit = ba.audit_predictions(
    ...     frame, sensitive_features="sex", y_true="diagnosis", y_pred="predicted", count="n"
    ... )
    >>> print(audit.findings()[0].sentence)
    Of 100 people with sex = woman whose diagnosis is flu, 61 are recognised as such; of 100 with sex = man, 82: at
    least 3 fewer, at most 37. True positive rate of flu: 61.0 % (61 of 100) and 82.0 % (82 of 100), a gap of
    −21.0 points (−37.0 to −3.4).
    """

    table: Crosstab
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.95
    warnings: tuple[str, ...] = ()
    ordered: bool = field(default=False, kw_only=True)
    words: ClassWords = field(default_factory=ClassWords, kw_only=True)
    primary: Primary = field(default_factory=ClassPrimary, kw_only=True)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """What is measured in each group: rates first, then what is no single share."""
        return class_measures(self.table, ordered=self.ordered)

    @cached_property
    def _splits(self) -> tuple[Family, ...]:
        return families(self.table, self.reference, self.measures)

    @cached_property
    def _everyone(self) -> Family:
        return everyone(self.table, self._splits)

    @cached_property
    def _rates(self) -> pd.DataFrame:
        from biasaudit.audits.predictions.rate_table import rate_table

        return rate_table(self._everyone, self._splits, self.confidence)

    @cached_property
    def _disparities(self) -> pd.DataFrame:
        from biasaudit.audits.predictions.disparity_table import disparity_table

        return disparity_table(self._splits, self.confidence, primary=self.primary)

    def rates(self) -> pd.DataFrame:
        """Return every rate of every group, tidy.

        Returns
        -------
        DataFrame
            The columns of every audit, and after `metric` a column `class`: whose rate it is, against all others. It
            is empty where the metric is of all classes.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 3, "grade": ["0", "0", "1", "2", "2", "1"]})
        >>> rates = ba.audit_predictions(frame, sensitive_features="sex", y_pred="grade").rates()
        >>> shown = rates[rates["group"] == {"sex": "woman"}][["metric", "class", "numerator", "denominator"]]
        >>> print(shown.iloc[:3].to_string(index=False))
                metric class  numerator  denominator
        selection_rate     0        1.0          3.0
        selection_rate     1        1.0          3.0
        selection_rate     2        1.0          3.0
        """
        return with_classes(self._rates)

    def disparities(self, metric: str | None = None) -> pd.DataFrame:
        """Return every gap between groups, tidy.

        Parameters
        ----------
        metric : str, optional
            Only this metric, of every class; of one where its name follows in brackets, such as
            "true_positive_rate[flu]". Other names in use do as well.

        Returns
        -------
        DataFrame
            The columns of every audit, and after `metric` a column `class`, empty where the metric is of all classes.

        Raises
        ------
        AuditError
            If there is no such metric.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 300, "grade": ["0", "0", "1", "2", "2", "1"] * 100})
        >>> gaps = ba.audit_predictions(frame, sensitive_features="sex", y_pred="grade").disparities("selection_rate")
        >>> of_all = gaps[(gaps["kind"] == "range") & (gaps["comparison"] == "difference")]
        >>> print(of_all[["class", "estimate", "verdict"]].to_string(index=False))
        class  estimate     verdict
            0       0.0 cannot tell
            1       0.0 cannot tell
            2       0.0 cannot tell
        """
        return with_classes(super().disparities(metric))

    def gaps_of(self, metric: str | None) -> pd.DataFrame:
        """Return the gaps of a metric, or of all, as they are judged; what is of a class is named with it.

        Parameters
        ----------
        metric : str or None

        Returns
        -------
        DataFrame

        Raises
        ------
        AuditError
            If there is no such metric.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 60, "grade": [0, 1, 2] * 40})
        >>> gaps = ba.audit_predictions(frame, sensitive_features="sex", y_true="grade").gaps_of("base_rate")
        >>> sorted(set(gaps["metric"]))
        ['base_rate[0]', 'base_rate[1]', 'base_rate[2]']
        """
        table = self._disparities
        if metric is None:
            return table
        plain, class_name = parted(metric)
        name = self._metric_name(plain)
        if class_name and class_name not in self.table.classes:
            raise AuditError(
                f'"{clean(class_name)}" is no class of this audit.{nearest(class_name, self.table.classes)} '
                f"Classes: {', '.join(clean(one, 40) for one in self.table.classes)}."
            )
        parts = [parted(one) for one in table["metric"]]
        wanted = [one == name and class_name in ("", of_class) for one, of_class in parts]
        return table[wanted].reset_index(drop=True)

    def confusion(self) -> pd.DataFrame:
        """Return the confusion of each group: of those in each class, how many are predicted each.

        Returns
        -------
        DataFrame
            Columns group ({} is everyone), y_true, y_pred, rows (or their weight), of (all those in the class), share,
            low, high (Wilson's limits), reason.

        Raises
        ------
        AuditError
            If there are no labels, or no predictions.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 3, "true": list("aabbcc"), "said": list("abbbca")})
        >>> table = ba.audit_predictions(frame, sensitive_features="sex", y_true="true", y_pred="said").confusion()
        >>> print(table[["y_true", "y_pred", "rows", "share"]].head(3).to_string(index=False))
        y_true y_pred  rows  share
             a      a   1.0    0.5
             a      b   1.0    0.5
             a      c   0.0    0.0
        """
        return self._confusion.copy()

    @cached_property
    def _confusion(self) -> pd.DataFrame:
        from biasaudit.audits.classes._confusion import confusion_table

        return confusion_table(self._everyone, self._splits, self.confidence)

    def taken_for(self) -> pd.DataFrame:
        """Return who is taken for whom: of those in a class, the share predicted another, group against reference.

        The gaps are described, not judged: their intervals are each by itself, and among so many some leave out 0 by
        chance.

        Returns
        -------
        DataFrame
            Columns y_true, y_pred, group, reference, share, reference_share, estimate (group minus reference), low,
            high; those whose limits are farthest from 0 first.

        Raises
        ------
        AuditError
            If there are no labels, or no predictions.

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 3, "true": list("aabbcc"), "said": list("abbbca")})
        >>> table = ba.audit_predictions(frame, sensitive_features="sex", y_true="true", y_pred="said").taken_for()
        >>> table.columns.tolist()
        ['y_true', 'y_pred', 'group', 'reference', 'share', 'reference_share', 'estimate', 'low', 'high']
        """
        return self._taken_for.copy()

    @cached_property
    def _taken_for(self) -> pd.DataFrame:
        from biasaudit.audits.classes._confusion import taken_for_table

        return taken_for_table(self._splits, self.confidence)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.findings.findings import findings

        return findings(self._disparities, self._rates, self._metrics, self.words, self.primary)

    @cached_property
    def _metrics(self) -> dict[str, MetricText]:
        from biasaudit.audits.metric_texts import metric_texts
        from biasaudit.reporting.report import MetricText

        return metric_texts() | {measure.name: MetricText.of(measure) for measure in self.measures}

    @property
    def _headline(self) -> str:
        from biasaudit.audits.findings.findings import headline

        return headline(self._findings, self._metrics, self.words, confidence=self.confidence)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report
            Headline, findings, tables and sections, as every format takes them; what is of a class is named with it,
            such as "true_positive_rate[flu]".

        Examples
        --------
        >>> import pandas as pd
        >>> import biasaudit as ba
        >>> frame = pd.DataFrame({"sex": ["woman", "man"] * 3, "true": list("aabbcc"), "said": list("abbbca")})
        >>> report = ba.audit_predictions(frame, sensitive_features="sex", y_true="true", y_pred="said").report()
        >>> [section.title for section in report.sections]
        ['Who is predicted what', 'Who is taken for whom']
        """
        import pandas as pd

        from biasaudit.audits.classes._confusion import confusion_sections
        from biasaudit.audits.predictions.group_sizes import group_table, left_out_table
        from biasaudit.reporting.report import Report

        both = self.table.y_true is not None and self.table.y_pred is not None
        return Report(
            title=self.title,
            headline=self._headline,
            findings=self._findings,
            rates=self._rates.copy(),
            disparities=super().disparities(),
            metrics=self._metrics,
            settings={**self.settings, **verdict_settings(self.confidence, "difference", "ratio")},
            rows=self.table.n,
            groups=group_table(self._splits, self.table.n),
            left_out=left_out_table(self.table),
            warnings=self.warnings,
            inequality=pd.DataFrame(),
            package_version=__version__,
            sections=confusion_sections(self._confusion, self._taken_for, self.table.classes, self.words.truth)
            if both
            else (),
        )
