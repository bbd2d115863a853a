"""Formulas as MathML, which browsers draw by themselves: of a rate from its cells, of anything else as declared."""

from __future__ import annotations

from biasaudit.metrics.metric import Metric
from biasaudit.metrics.rates import Cell, Rate

from .facts import Fact

__all__ = ["CELL_WORDS", "formula_of"]

CELL_WORDS = {
    "TP": "true positives: a positive label, a yes",
    "FP": "false positives: a negative label, a yes",
    "FN": "false negatives: a positive label, a no",
    "TN": "true negatives: a negative label, a no",
}


def formula_of(row: Metric, fact: Fact) -> str:
    """Write the formula of a metric, and what its letters mean."""
    inner = fact.formula or _share(row)
    meant = [f"{cell} {words}" for cell, words in CELL_WORDS.items() if f"<mtext>{cell}</mtext>" in inner]
    said = " ".join(part for part in (fact.symbols, f"{'; '.join(meant)}." if meant else "") if part)
    math = f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{inner}</math>'
    scrolls = "overflow-x:auto;margin:1rem 0;font-size:1.3em"
    return f'<div class="formula" style="{scrolls}">{math}</div>\n\n{said}'


def _share(row: Metric) -> str:
    assert isinstance(row, Rate)
    return f"<mrow><mfrac>{_sum(row.counted)}{_sum(row.among)}</mfrac></mrow>"


def _sum(cells: Cell) -> str:
    named = [f"<mtext>{name}</mtext>" for name in CELL_WORDS if Cell[name] in cells]
    return f"<mrow>{'<mo>+</mo>'.join(named)}</mrow>"
