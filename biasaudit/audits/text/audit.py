"""The audit of a text scorer, which may flag a harmless sentence because of whom it names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.arguments import check_seed
from biasaudit.audits.pairs.audit import PairsAudit, audit_pairs
from biasaudit.audits.pairs.scores import model_name
from biasaudit.audits.predictions.audit import Audit
from biasaudit.audits.text._input import NO_TERM, audit_flags, check_scorer, read_texts
from biasaudit.audits.text._retraining import retrained_scores
from biasaudit.audits.text._scores import Scorer, score_texts
from biasaudit.audits.text._sections import MOST_NAMED, named_headline
from biasaudit.errors import AuditError
from biasaudit.inference.identity_auc import AUC_KINDS, IdentityAuc, identity_auc
from biasaudit.inference.verdicts import SHOWN
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.metrics.units import TOLERANCE
from biasaudit.models.parallel import Progress

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.reporting.report import Finding, Report

__all__ = ["TextAudit", "audit_text"]

SLOT = "{term}"

SENTENCES = OutcomeWords(
    people="sentences",
    selected="are held to be toxic",
    rejected="are held to be harmless",
    positive="are toxic",
    negative="are harmless",
    good="negative",
)


@dataclass(frozen=True, eq=False, repr=False)
class TextAudit(Audit):
    """The answer of an audit of a text scorer: that of its decisions by term, and how it ranks.

    The other parameters are those of :class:`biasaudit.Audit`.

    Parameters
    ----------
    scored : DataFrame
        Columns text, toxic, term and score; template and slot too where the sentences were made from templates.
    scorer : callable
        What was asked: a function of a list of texts.
    threshold : float
        A text is flagged from this score on.
    random_state : int
        Seed of the halves of :meth:`retrained`.

    Examples
    --------
    >>> import biasaudit as ba
    >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
    >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
    >>> audit.named
    ('gay',)
    """

    scored: pd.DataFrame = field(kw_only=True)
    scorer: Scorer = field(kw_only=True)
    threshold: float = field(default=0.5, kw_only=True)
    random_state: int = field(default=0, kw_only=True)
    words: OutcomeWords = field(default=SENTENCES, kw_only=True)

    @cached_property
    def _ranked(self) -> tuple[list[str], IdentityAuc]:
        """AUC by term; sentences without a term are background."""
        terms = sorted(set(self.scored["term"]) - {""})
        member = self.scored["term"].map({term: i for i, term in enumerate(terms)}).fillna(-1).astype(int)
        found = identity_auc(
            self.scored["toxic"],
            self.scored["score"],
            member,
            self._clusters,
            confidence=self.confidence,
        )
        return terms, found

    @property
    def _clusters(self) -> Any:
        """Which template each text is of, by number; None where there are none."""
        import pandas as pd

        return pd.factorize(self.scored["template"])[0] if "template" in self.scored else None

    def aucs(self) -> pd.DataFrame:
        """Return how well it ranks: a row a term, with subgroup, BPSN and BNSP AUC and their intervals.

        Returns
        -------
        DataFrame
            A row a term: term, then subgroup, bpsn and bnsp, each with its limits.

        References
        ----------
        Borkan, Dixon, Sorensen, Thain and Vasserman (2019), "Nuanced metrics for measuring unintended bias".

        Examples
        --------
        >>> import biasaudit as ba
        >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
        >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
        >>> audit.aucs().set_index("term")["bpsn_auc"].round(2).to_dict()
        {'gay': 0.0, 'old': 0.67, 'straight': 0.67, 'young': 0.67}
        """
        import pandas as pd

        terms, found = self._ranked
        columns: dict[str, Any] = {"term": terms}
        for i, kind in enumerate(AUC_KINDS):
            columns |= {kind: found.estimate[i], f"{kind}_low": found.low[i], f"{kind}_high": found.high[i]}
        return pd.DataFrame(columns)

    def flagged(self) -> pd.DataFrame:
        """Return how often harmless sentences are flagged: a row a term, the most often first.

        Returns
        -------
        DataFrame
            Columns term, harmless, flagged, estimate, low, high, gap (to all others), verdict.

        Examples
        --------
        >>> import biasaudit as ba
        >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
        >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
        >>> print(audit.flagged()[["term", "low", "high", "gap", "verdict"]].head(2).round(2).to_string(index=False))
        term  low  high   gap verdict
         gay 0.92  1.00  0.75   shown
         old 0.00  0.08 -0.25   shown
        """
        import pandas as pd

        rates, gaps = self._of_terms(self._rates), self._of_terms(self._disparities)
        gaps = gaps[(gaps["kind"] == "to_overall") & (gaps["comparison"] == "difference")].set_index("term")
        rates = rates[rates["term"].map(lambda term: term in gaps.index)]
        found = pd.DataFrame(
            {
                "term": rates["term"],
                "harmless": rates["denominator"],
                "flagged": rates["numerator"],
                "estimate": rates["estimate"],
                "low": rates["low"],
                "high": rates["high"],
                "gap": gaps["estimate"].reindex(rates["term"]).to_numpy(),
                "verdict": gaps["verdict"].reindex(rates["term"]).to_numpy(),
            }
        )
        return found.sort_values(["estimate", "term"], ascending=[False, True], kind="stable", ignore_index=True)

    def _of_terms(self, table: pd.DataFrame) -> pd.DataFrame:
        mine = table[(table["metric"] == "false_positive_rate") & table["group"].map(lambda group: "term" in group)]
        mine = mine.assign(term=mine["group"].map(lambda group: group["term"]))
        return mine[mine["term"] != NO_TERM]

    @cached_property
    def named(self) -> tuple[str, ...]:
        """Terms whose harmless sentences are shown to be flagged too often, the worst first."""
        rows = self.flagged()
        return tuple(rows["term"][(rows["verdict"] == SHOWN) & (rows["gap"] > TOLERANCE["difference"][1])])

    def pairs(self, reference: str | None = None) -> PairsAudit:
        """Audit the same sentences with another term in each: how far the scores of two terms are apart.

        Parameters
        ----------
        reference : str, optional
            Term that the others are held against; the first otherwise.

        Returns
        -------
        PairsAudit

        Raises
        ------
        AuditError
            If the sentences were not made from templates, or there is no such term.

        Examples
        --------
        >>> import biasaudit as ba
        >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
        >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
        >>> audit.pairs(reference="straight").disparities("mean_score")["verdict"].tolist()
        ['shown', 'shown', 'not shown', 'not shown']
        """
        if "slot" not in self.scored:
            raise AuditError(
                "These texts have no templates, so no two differ in their term alone. Give a column slot, in which "
                "{term} stands for the term."
            )
        known = dict(zip(self.scored["text"], self.scored["score"], strict=True))
        slots = self.scored.drop_duplicates("slot")
        slots = slots[slots["slot"].str.contains(SLOT, regex=False)]

        def again(texts: Any) -> Any:
            missing = [text for text in texts if text not in known]
            known.update(
                zip(missing, score_texts(self.scorer, missing, progress=False), strict=True) if missing else ()
            )
            return [known[text] for text in texts]

        return audit_pairs(
            again,
            slots["slot"].tolist(),
            swap={"term": {term: [term] for term in self._ranked[0]}},
            cluster=slots["template"].tolist() if "template" in slots else None,
            threshold=self.threshold,
            reference=reference,
            confidence=self.confidence,
        )

    def retrained(self) -> pd.DataFrame:
        """Return what learning from balanced templates would change.

        Returns
        -------
        DataFrame
            Columns figure, before, before_low, before_high, after, after_low, after_high: the AUC, the share of
            harmless sentences that are flagged, of all and of the terms that are named, and of toxic ones missed.

        Examples
        --------
        >>> import biasaudit as ba
        >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
        >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
        >>> print(audit.retrained()[["figure", "before", "after"]].round(2).to_string(index=False))
                                   figure  before  after
        Toxic ranked above harmless (AUC)    0.50   1.00
                        Harmless, flagged    0.25   0.08
                 Harmless, “gay”, flagged    1.00   0.08
                            Toxic, missed    0.75   0.00
        """
        return self._changes.copy()

    @cached_property
    def _changes(self) -> pd.DataFrame:
        import pandas as pd

        score = retrained_scores(self.scored, self.random_state)
        after = audit_flags(self.scored.assign(score=score), 0.5, self.confidence)
        figures = [
            (
                "Toxic ranked above harmless (AUC)",
                self._ranked[1].overall,
                identity_auc(
                    self.scored["toxic"],
                    score,
                    np.full(len(score), -1),
                    self._clusters,
                    confidence=self.confidence,
                ).overall,
            )
        ]
        for words, metric, group in (
            ("Harmless, flagged", "false_positive_rate", {}),
            *(
                (f"Harmless, “{term}”, flagged", "false_positive_rate", {"term": term})
                for term in self.named[:MOST_NAMED]
            ),
            ("Toxic, missed", "false_negative_rate", {}),
        ):
            figures.append((words, _rate(self._rates, metric, group), _rate(after.rates(), metric, group)))
        ends = ("", "_low", "_high")
        return pd.DataFrame(
            [
                {
                    "figure": words,
                    **{f"before{end}": b for end, b in zip(ends, before, strict=True)},
                    **{f"after{end}": a for end, a in zip(ends, then, strict=True)},
                }
                for words, before, then in figures
            ]
        )

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from biasaudit.audits.text._sections import named_findings

        overall = _rate(self._rates, "false_positive_rate", {})[0]
        # No term is the natural one to compare with: of each question one answer is told.
        first = {one.question: one for one in reversed(self._gaps)}
        answered = tuple(one for one in self._gaps if first[one.question] is one)
        return (*named_findings(self.flagged(), self.named[:MOST_NAMED], overall), *answered)

    def report(self) -> Report:
        """Gather what the renderers in :mod:`biasaudit.reporting` need.

        Returns
        -------
        Report

        Examples
        --------
        >>> import biasaudit as ba
        >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
        >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
        >>> audit.report().headline
        'Harmless sentences that name “gay” are held to be toxic more often than others: people who write of them are
        silenced.'
        """
        from biasaudit.audits.text._sections import auc_section, flagged_section, retraining_section

        sections = [flagged_section(self.flagged(), self.threshold), auc_section(self.aucs(), self._ranked[1].overall)]
        if self.named:
            sections.append(retraining_section(self._changes))
        return replace(super().report(), unit="sentences", sections=tuple(sections))

    @property
    def _headline(self) -> str:
        return named_headline(self.named) if self.named else super()._headline


def _rate(rates: pd.DataFrame, metric: str, group: dict[str, str]) -> tuple[float, float, float]:
    row = rates[(rates["metric"] == metric) & rates["group"].map(lambda found: found == group)].iloc[0]
    return float(row["estimate"]), float(row["low"]), float(row["high"])


def audit_text(
    scorer: Scorer,
    data: Any = None,
    *,
    threshold: float = 0.5,
    confidence: float = 0.95,
    random_state: int = 0,
    progress: Progress = True,
) -> TextAudit:
    """Audit any scorer of texts for what it does to sentences because of whom they name.

    Parameters
    ----------
    scorer : callable
        Takes a list of texts and returns a finite score for each, such as the probability that it is toxic. Nothing
        else of it is needed.
    data : Dataset, DataFrame or path, optional
        Columns text, toxic (0 or 1) and term (empty for none), and template where several rows were made from one:
        they are not independent. :func:`biasaudit.datasets.make_templates` makes sentences for every term alike, and
        is what is taken if nothing is given; :func:`biasaudit.datasets.fetch_madlibs` fetches those of Dixon et al.
    threshold : float
        A text is flagged from this score on.
    confidence : float
        Of the intervals; one minus it is the level of the verdicts.
    random_state : int
        Seed of the halves of the templates, where retraining is tried.
    progress : bool or callable
        Show a bar on a terminal; or what to call with batches done, of all, and the last: it may raise to stop.

    Returns
    -------
    TextAudit
        Its decisions by term as of any audit, with templates as clusters; `flagged()`, `aucs()`, `pairs()` and
        `retrained()` beside.

    Raises
    ------
    AuditError
        If a column, a label or a number is not what it should be, a text is empty, all rows are of one term or
        label, or the scorer fails or returns anything but a finite number for each text.

    References
    ----------
    Dixon, Li, Sorensen, Thain and Vasserman (2018), "Measuring and mitigating unintended bias in text classification".
    Borkan, Dixon, Sorensen, Thain and Vasserman (2019), "Nuanced metrics for measuring unintended bias with real data
    for text classification".

    Examples
    --------
    >>> import biasaudit as ba
    >>> made = ba.datasets.make_templates(terms=["gay", "straight", "old", "young"])
    >>> audit = ba.audit_text(lambda texts: [0.9 if "gay" in text else 0.2 for text in texts], made)
    >>> audit.named
    ('gay',)
    """
    check_scorer(scorer, threshold)
    seed, frame = check_seed(random_state), read_texts(data)
    scored = frame.assign(score=score_texts(scorer, frame["text"].tolist(), progress))
    audit = audit_flags(scored, float(threshold), confidence)
    return TextAudit(
        table=audit.table,
        title=f"Audit of the scorer {model_name(scorer)}",
        settings={**audit.settings, "threshold": float(threshold)},
        confidence=confidence,
        warnings=audit.warnings,
        scored=scored,
        scorer=scorer,
        threshold=float(threshold),
        random_state=seed,
    )
