"""The story's own filter before an audit of text scorers: which names make it take a kind message for an insult."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.generated.town import INSULT, NAMES, WORDS, compose
from biasaudit.scenarios.panels import Step

if TYPE_CHECKING:
    import pandas as pd

    from biasaudit.audits.text.audit import TextAudit
    from biasaudit.scenarios.chatbot._policies import Reader

__all__ = ["audit_filter", "names_step"]

TEMPLATES = 600
# Kind messages that are flagged, and insults that are let through.
HARMS = ("false_positive_rate", "false_negative_rate")


def audit_filter(reader: Reader, random_state: int) -> TextAudit:
    """Audit a filter on messages that differ in nothing but whom they name, half of them insults.

    Parameters
    ----------
    reader : Reader
    random_state : int
    """
    from biasaudit.audits.text.audit import audit_text

    place = {word: i for i, word in enumerate(WORDS)}

    def scorer(texts: Sequence[str]) -> NDArray[np.float64]:
        return reader.chance(np.array([[place[word] for word in text.split()] for text in texts]))

    scorer.__name__ = "the filter"
    return audit_text(scorer, _messages(random_state), threshold=reader.cut, random_state=random_state, progress=False)


def _messages(random_state: int) -> pd.DataFrame:
    """Say the same about every group."""
    import pandas as pd

    rng = np.random.default_rng(random_state + 6_000)
    style = np.where(np.arange(TEMPLATES) % 2 == 0, INSULT, rng.integers(0, INSULT, TEMPLATES))
    rest = [" ".join(words) for words in np.array(WORDS)[compose(np.zeros(TEMPLATES, dtype=int), style, rng)[:, 1:]]]
    rows: list[dict[str, Any]] = [
        {"text": f"{name} {words}", "toxic": toxic, "term": name, "template": i, "slot": f"{{term}} {words}"}
        for i, (words, toxic) in enumerate(zip(rest, (style == INSULT).astype(int).tolist(), strict=True))
        for name in NAMES
    ]
    return pd.DataFrame(rows)


def names_step(question: str, audit: TextAudit) -> Step:
    """Say which names make the filter take kind messages for insults, and what retraining would change."""
    from biasaudit.reporting.plots import plot_rates

    report = audit.report()
    found = tuple(one for metric in HARMS for one in audit.findings() if one.metric == metric)
    sentences = (
        "The same messages are given to the filter about every group. What it flags about one and not about another it "
        "flags because of the name; what it lets through about the others, they have to read.",
    )
    drawn = plot_rates(report, "false_positive_rate", features=("term",))
    return Step(question, sentences, found, (drawn,), tables=report.sections)
