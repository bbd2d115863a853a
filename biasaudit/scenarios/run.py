"""What a scenario shows, step by step, and the truth behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from biasaudit.audits.predictions.audit import Audit
from biasaudit.inference.verdicts import SHOWN
from biasaudit.reporting.words.text import level_name, percent, value
from biasaudit.scenarios.panels import Step, story_text
from biasaudit.scenarios.story import Story

if TYPE_CHECKING:
    from biasaudit.audits.data.audit import DatasetAudit
    from biasaudit.datasets.dataset import Dataset
    from biasaudit.mitigation import Comparison
    from biasaudit.reporting.report import Finding

__all__ = ["FOLDS", "OF_LABELS", "ScenarioRun"]

FOLDS = 3
MOST_FINDINGS = 3
# What the audit of the data tells of columns, and of labels.
OF_COLUMNS = ("artefacts", "missing", "proxies")
OF_LABELS = ("base_rate", "equal_features", "reversals", "interplay")


@dataclass(frozen=True, eq=False, repr=False)
class ScenarioRun(Story):
    """A scenario with its dials set: the data, two audits, what was tried to mend it, and the truth.

    Each part is computed when it is first looked at, and kept.

    Parameters
    ----------
    title, story : str
    dials : mapping of str to float
        Dials that were turned.
    dataset : Dataset
        With its truth.
    learner : str or classifier
        What is trained.
    mitigations : tuple of str
        What is tried to mend it; with none there is no comparison.
    random_state : int
    """

    title: str
    story: str
    dials: Mapping[str, float]
    dataset: Dataset
    learner: Any
    mitigations: tuple[str, ...]
    random_state: int

    @cached_property
    def labels(self) -> DatasetAudit:
        """Audit of the data that the model learns from."""
        from biasaudit.audits.data.audit_dataset import audit_dataset

        return cast("DatasetAudit", audit_dataset(self.dataset, random_state=self.random_state))

    @cached_property
    def model(self) -> Audit:
        """Audit of the model's predictions for people it did not learn from."""
        from biasaudit.audits.models.audit import audit_model

        return audit_model(self.learner, self.dataset, folds=FOLDS, random_state=self.random_state)

    @cached_property
    def comparison(self) -> Comparison | None:
        """Comparison of what was tried to mend it."""
        from biasaudit.mitigation import compare

        if not self.mitigations:
            return None
        return compare(
            self.dataset,
            list(self.mitigations),
            model=self.learner,
            folds=FOLDS,
            random_state=self.random_state,
            progress=False,
        )

    @cached_property
    def truth(self) -> Audit:
        """Audit of the recorded labels against the true ones: whom the record wrongs."""
        from biasaudit.audits.audit_predictions import audit_decisions

        assert self.dataset.truth is not None
        feature = self.dataset.sensitive_features[0]
        frame = self.dataset.frame[[feature]].assign(
            truth=self.dataset.truth.label, recorded=self.dataset.frame[self.dataset.label].to_numpy()
        )
        return audit_decisions(
            frame,
            sensitive_features=[feature],
            y_true="truth",
            y_pred="recorded",
            reference=self.dataset.audit_arguments["reference"],
        )

    @property
    def gap(self) -> Finding:
        """What the story is about: how far the recorded labels of the groups are apart."""
        return next(f for f in self.labels.findings() if f.metric == "base_rate")

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The story, from the people in the data to what mends it."""
        steps = [
            self.who,
            _findings_step("What do the labels say?", [f for f in self.labels.findings() if f.metric in OF_LABELS]),
            _findings_step("What does the model do?", [f for f in self.model.findings() if f.metric != "base_rate"]),
        ]
        if self.comparison is not None:
            steps.append(Step("What would mend it, and at what cost?", self._mitigation_sentences()))
        return tuple(steps)

    @cached_property
    def who(self) -> Step:
        """The first step: the people in the data, which needs no model."""
        return _findings_step("Who is in the data?", self._files(), self._share_sentences())

    @cached_property
    def hidden(self) -> Step:
        """What nobody can see who has the data alone."""
        truth = self.dataset.truth
        assert truth is not None
        flipped = int((truth.counterfactual != self.dataset.frame[self.dataset.label].to_numpy()).sum())
        sentences = [
            f"{flipped:,} of {len(truth.label):,} people would have another label, had they been in the other group "
            "and all else been as it was drawn.",
            self._wrongly_recorded("false_negative_rate", "positive", "negative"),
            self._wrongly_recorded("false_positive_rate", "negative", "positive"),
        ]
        return Step("What is the truth behind the labels?", tuple(sentences))

    def _wrongly_recorded(self, metric: str, truly: str, recorded: str) -> str:
        """Say whom the record wrongs, group by group."""
        rates = self.truth.rates()
        rows = rates[(rates["metric"] == metric) & (rates["group"].map(len) == 1)].to_dict("records")
        parts = [f"{level_name(row['group'])} {value(metric, row['estimate'])}" for row in rows]
        return f"Of those who are truly {truly}, this share is recorded as {recorded}: {', '.join(parts)}."

    def _files(self) -> list[Finding]:
        """Pick what the other columns show: traces of collection, gaps in the files, and who is given away."""
        shown = [f for f in self.labels.findings() if f.verdict == SHOWN and f.metric in OF_COLUMNS]
        return sorted(shown, key=lambda f: OF_COLUMNS.index(f.metric))

    def _share_sentences(self) -> tuple[str, ...]:
        rates = self.labels.rates()
        shares = rates[(rates["metric"] == "share_of_data") & (rates["group"].map(len) == 1)]
        population = self.dataset.audit_arguments["population"]
        sentences = []
        for row in shares.to_dict("records"):
            ((feature, level),) = row["group"].items()
            expected = population[feature][level]
            sentences.append(
                f"{level}: {int(row['numerator']):,} of {int(row['denominator']):,} people, {percent(row['estimate'])} "
                f"({percent(row['low'])} to {percent(row['high'])}); in the population {percent(expected)}."
                + _missing(row["high"], expected)
            )
        return tuple(sentences)

    def _mitigation_sentences(self) -> tuple[str, ...]:
        assert self.comparison is not None
        return tuple(finding.sentence for finding in self.comparison.findings())

    def tell(self) -> str:
        """Write the whole story for a terminal."""
        return story_text(*self._opening, self._whole())

    @property
    def _opening(self) -> tuple[str, str, str]:
        return self.title, self.story, f"Dials: {self._turned or 'all at 0'}."

    @property
    def _counted(self) -> tuple[int, str]:
        return len(self.dataset.frame), "people"

    @property
    def _parts(self) -> tuple[str, ...]:
        return ("The data, their audit, the model's audit and the truth: dataset, labels, model, truth.",)

    def _whole(self) -> tuple[Step, ...]:
        return (*self.steps, self.hidden)


def _findings_step(question: str, findings: Sequence[Finding], sentences: tuple[str, ...] = ()) -> Step:
    """Put the main findings into words, after what has no verdict."""
    main = tuple(findings[:MOST_FINDINGS])
    return Step(question, sentences, main)


def _missing(high: float, expected: float) -> str:
    """Say how many of a hundred are there, where even the upper limit is below the population's share."""
    if not high < expected:
        return ""
    odds = (high / (1 - high)) / (expected / (1 - expected))
    return f" At most {np.ceil(100 * odds):.0f} of every 100 who should be here are."
