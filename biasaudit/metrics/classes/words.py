"""What classes mean to people: whose class it is, who is recognised, and who is taken for what."""

from __future__ import annotations

from dataclasses import dataclass, fields

from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.outcome_words import OutcomeWords
from biasaudit.names import clean

__all__ = ["ClassWords", "class_words"]

# What happened to those whom a rate counts, and of whom it counts them.
EVENTS = {
    "selection_rate": "are predicted {class}",
    "base_rate": "have {truth} = {class}",
    "true_positive_rate": "are recognised as such",
    "false_positive_rate": "are taken for {class}",
    "positive_predictive_value": "have {truth} = {class}",
}
ELIGIBLE = {
    "true_positive_rate": " whose {truth} is {class}",
    "false_positive_rate": " whose {truth} is not {class}",
    "positive_predictive_value": " who are predicted {class}",
}


@dataclass(frozen=True)
class ClassWords(OutcomeWords):
    """What a sentence calls people and their classes.

    Parameters
    ----------
    truth : str
        What the class of a person is called: the column of labels.

    Examples
    --------
    >>> from biasaudit.metrics.registry import row_of
    >>> words, recall = ClassWords(truth="diagnosis"), row_of("true_positive_rate[flu]")
    >>> f"people{words.eligible(recall)}: 61 {words.event(recall)}"
    'people whose diagnosis is flu: 61 are recognised as such'
    """

    truth: str = "class"

    def event(self, row: Metric) -> str:
        """Say what happened to those whom a metric counts; nothing where it counts no people."""
        return self._of_class(EVENTS, row.name) if parted(row.name)[1] else super().event(row)

    def eligible(self, row: Metric) -> str:
        """Say of whom a metric counts, with a blank before it; nothing where it is everyone."""
        return self._of_class(ELIGIBLE, row.name) if parted(row.name)[1] else super().eligible(row)

    def _of_class(self, templates: dict[str, str], name: str) -> str:
        metric, class_name = parted(name)
        template = templates.get(metric, "")
        shown = clean(class_name, 40) or "(empty)"
        # In one go: a name may look like a gap of the template.
        pieces = [piece.split("}") for piece in template.split("{")]
        names = {"class": shown, "truth": clean(self.truth, 60)}
        return pieces[0][0] + "".join(names[gap] + rest for gap, rest in pieces[1:])


def class_words(words: OutcomeWords, truth: str | None) -> ClassWords:
    """Take over what was said of people, for an audit of classes.

    Parameters
    ----------
    words : OutcomeWords
    truth : str or None
        The column of labels, or of predictions where there are no labels; None where nobody knows.

    Returns
    -------
    ClassWords
    """
    own = {field.name: getattr(words, field.name) for field in fields(OutcomeWords)}
    return ClassWords(**own, truth=truth or "class")
