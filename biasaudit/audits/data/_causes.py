"""Which causes of bias the data can name, and which they cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from biasaudit.audits.data._artefacts import ARTEFACT
from biasaudit.audits.data._wrong_labels import LABEL_BIAS, REMAINS
from biasaudit.audits.data.equal_features import ADJUSTED, EXPLAINED
from biasaudit.audits.data.missing import VALUES
from biasaudit.audits.parts import Part
from biasaudit.inference.verdicts import CANNOT_TELL, NOT_SHOWN, SHOWN, rank
from biasaudit.reporting.report import Record

__all__ = ["CAUSES", "causes_table"]

CAUSES = (
    "representation",
    "proxies",
    "missingness",
    "artefact",
    "measured difference",
    "label bias or unmeasured cause",
    "label bias",
    "unmeasured cause",
)
APART = "Data alone cannot tell label bias from a cause that nobody measured; verified labels can (verified=)."
NOTHING = {
    "representation": "No population was given to hold the data against.",
    "proxies": "There are no columns to rebuild the groups from.",
    "missingness": "No value is missing.",
    "artefact": "No stretch of a column holds one label alone.",
    "measured difference": "No column tells enough of the label to explain a gap.",
    "label bias or unmeasured cause": "No column tells enough of the label to compare like with like.",
}


def causes_table(parts: Sequence[Part]) -> pd.DataFrame:
    """Return a row for each cause: whether it is named, its verdict and the evidence in a sentence."""
    by_name = {part.name: part for part in parts}
    rows_by_cause = {
        "representation": _rows(by_name, "representation"),
        "proxies": _rows(by_name, "proxies"),
        "missingness": _rows(by_name, "missing", VALUES),
        "artefact": [row for row in _rows(by_name, "artefacts") if row["what"] == ARTEFACT],
        "measured difference": _rows(by_name, "equal_features", EXPLAINED),
        "label bias or unmeasured cause": _rows(by_name, "equal_features", ADJUSTED),
        "label bias": _rows(by_name, "verified", LABEL_BIAS),
        "unmeasured cause": _rows(by_name, "verified", REMAINS),
    }
    causes = [_cause(cause, rows, by_name) for cause, rows in rows_by_cause.items()]
    if rows_by_cause["label bias"]:
        causes = [row if row["cause"] != CAUSES[5] else _separated(row, causes) for row in causes]
    return pd.DataFrame(causes, columns=["cause", "named", "verdict", "evidence"])


def _rows(parts: dict[str, Part], name: str, what: str = "") -> list[Record]:
    found = parts[name].rows if name in parts else ()
    return [row for row in found if row["comparison"] != "nothing" and (not what or row["what"] == what)]


def _cause(cause: str, rows: Sequence[Record], parts: dict[str, Part]) -> dict[str, object]:
    if not rows:
        verdict = CANNOT_TELL if cause in {"representation", "label bias", "unmeasured cause"} else NOT_SHOWN
        return {"cause": cause, "named": False, "verdict": verdict, "evidence": NOTHING.get(cause, APART)}
    first = min(rows, key=lambda row: (rank(row["verdict"]), row["material"] is False, row["p_adjusted"]))
    named = first["verdict"] == SHOWN and first["material"] is not False
    to_sentence = next(part.to_sentence for part in parts.values() if any(row is first for row in part.rows))
    return {"cause": cause, "named": named, "verdict": first["verdict"], "evidence": to_sentence(first)}


def _separated(row: dict[str, object], causes: Sequence[dict[str, object]]) -> dict[str, object]:
    """Where verified labels have named one of the two, there is nothing left that cannot be told apart."""
    apart = [other["cause"] for other in causes if other["cause"] in CAUSES[6:] and other["named"]]
    if not (apart and row["named"]):
        return row
    return row | {"named": False, "evidence": f"Told apart by verified labels: {' and '.join(map(str, apart))}."}
