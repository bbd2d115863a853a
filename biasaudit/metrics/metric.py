"""What a metric is, said once: its words, its unit, where it is told and charted, and which direction harms."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal

from biasaudit.metrics.units import SHARE, Unit

__all__ = ["LAST_IN_REPORT", "Harm", "Metric", "lower"]

Harm = Literal["high", "low", ""]
LAST_IN_REPORT = 100


@dataclass(frozen=True)
class Metric:
    """The facts about a metric on which texts, plots, policies and pages draw.

    Parameters
    ----------
    name : str
        Standard name, in snake case.
    label, meaning : str
        Words for people: a title, and a phrase such as "of everyone, the share predicted positive".
    needs : tuple of str
        Which of "y_true", "y_pred", "score" and "probability" (a score within 0–1) it needs; "y_true_number" and
        "y_pred_number" where they have to be numbers.
    source : str
        Where it is defined.
    aliases : tuple of str
        Other names in use, fairness criteria that compare this metric included.
    complement : str
        The metric that is one minus this one, if any: both ask the same question.
    unit : Unit
        How values, gaps and limits are written.
    harm : {"high", "low", ""}
        Which direction harms people. Empty where that depends: a selection may be a benefit or a punishment.
    report_order : int
        Place among findings whose gaps are equally large; 0 where another metric tells the same.
    primary : bool
        Whether it is also told what the two largest groups get, where there are more than two.
    charted, printed, gated : bool
        Whether reports chart it, a terminal prints it, and a policy may set limits on it.
    parts : tuple of str
        Metrics whose gaps it is made of.
    zero_means : str
        What it means that the value is 0, such as "nobody is predicted positive".
    event, eligible : str
        What happened to those whom it counts, and of whom it counts them: "selected", "rejected", "positive" or
        "negative" (which :class:`~biasaudit.metrics.outcome_words.OutcomeWords` puts into words), or words that
        are always the same. No event where it counts nobody, no eligible where it is of everyone.
    """

    name: str
    label: str
    meaning: str
    _: KW_ONLY
    needs: tuple[str, ...] = ("y_true", "y_pred")
    source: str = ""
    aliases: tuple[str, ...] = ()
    complement: str = ""
    unit: Unit = SHARE
    harm: Harm = ""
    report_order: int = LAST_IN_REPORT
    primary: bool = False
    charted: bool = True
    printed: bool = True
    gated: bool = True
    parts: tuple[str, ...] = ()
    zero_means: str = ""
    event: str = ""
    eligible: str = ""

    @property
    def lower(self) -> str:
        """The title within a sentence; abbreviations stay as they are.

        Examples
        --------
        >>> Metric("auc", "AUC", "").lower, Metric("x", "Error rate", "").lower
        ('AUC', 'error rate')
        """
        return lower(self.label)


def lower(label: str) -> str:
    """Write a title within a sentence; abbreviations stay as they are."""
    return label if label.isupper() else label[:1].lower() + label[1:]
