"""A model card as the Hugging Face Hub reads it: results as YAML in front, and what was found as a section."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from biasaudit.metrics.measure_names import parted
from biasaudit.metrics.moments import Moment
from biasaudit.metrics.registry import row_of
from biasaudit.reporting.formats.markdown import to_markdown
from biasaudit.reporting.report import Report
from biasaudit.reporting.words.breakdowns import everyone, label
from biasaudit.reporting.words.text import clean, group_name

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["to_model_card"]

# The Hub's names of metrics that an audit has, too.
HUB_METRICS = {
    "accuracy": "accuracy",
    "f1": "f1",
    "true_positive_rate": "recall",
    "positive_predictive_value": "precision",
    "auc": "roc_auc",
    "mean_absolute_error": "mae",
    "r_squared": "r_squared",
}
HEADING = "Bias, Risks, and Limitations"


def to_model_card(
    report: Report, *, name: str, dataset: str, dataset_type: str | None = None, task: str | None = None
) -> str:
    """Write a report as a model card, or the part of one that an audit can fill.

    Parameters
    ----------
    report : Report
    name : str
        Name of the model.
    dataset : str
        Name for people of the data it was audited on.
    dataset_type : str, optional
        Its id on the Hub; `dataset` otherwise.
    task : str, optional
        The Hub's name of the task; of tables otherwise, of regression where the audit is of numbers.

    Returns
    -------
    str
        Markdown with YAML in front. A figure without a value stands in the text with its reason, and not in the YAML.

    References
    ----------
    Hugging Face, "Model card metadata", https://github.com/huggingface/hub-docs/blob/main/modelcard.md; Mitchell et al.
    (2019), "Model cards for model reporting".
    """
    figures = [*_overall(report), *_gaps(report)]
    results = {
        "task": {"type": task or _task(report)},
        "dataset": {"type": clean(dataset_type or dataset, 100), "name": clean(dataset, 100)},
        "metrics": figures,
    }
    used = sorted({one["type"] for one in figures} & set(HUB_METRICS.values()))
    front = {
        "tags": ["bias-audit"],
        **({"metrics": used} if used else {}),
        "model-index": [{"name": clean(name, 100), "results": [results]}],
    }
    # In the report only headings start a line with "#": all that comes from the data is escaped.
    section = re.sub(r"^#", "##", to_markdown(report), flags=re.MULTILINE)
    return f"---\n{_yaml(front)}\n---\n\n## {HEADING}\n\n{section}"


def _task(report: Report) -> str:
    is_number = any(isinstance(row_of(name), Moment) for name in report.rates["metric"].unique())
    return "tabular-regression" if is_number else "tabular-classification"


def _overall(report: Report) -> Iterator[dict[str, Any]]:
    for metric, row in everyone(report).items():
        if metric in HUB_METRICS and math.isfinite(row["estimate"]):
            yield {
                "type": HUB_METRICS[metric],
                "value": float(row["estimate"]),
                "name": label(metric, report.metrics),
                "args": _limits(row),
            }


def _gaps(report: Report) -> Iterator[dict[str, Any]]:
    table = report.disparities
    rows: list[dict[str, Any]] = table[table["kind"] == "range"].to_dict("records")  # type: ignore[assignment]
    for row in rows:
        if math.isfinite(row["estimate"]):
            breakdown = " × ".join(clean(feature) for feature in row["sensitive_features"])
            kind = "gap" if row["comparison"] == "difference" else "ratio"
            ends = (
                {}
                if not row["group"]
                else {"highest": group_name(row["group"]), "lowest": group_name(row["reference"])}
            )
            metric, class_name = parted(row["metric"])
            of_class = {"class": clean(class_name, 100)} if class_name else {}
            yield {
                "type": f"{metric}_{row['comparison']}",
                "value": float(row["estimate"]),
                "name": f"{label(row['metric'], report.metrics)}, {kind} by {breakdown}",
                "args": _limits(row) | {"verdict": row["verdict"]} | of_class | ends,
            }


def _limits(row: dict[str, Any]) -> dict[str, float]:
    return {end: float(row[end]) for end in ("low", "high") if math.isfinite(row[end])}


def _yaml(value: Any, indent: int = 0) -> str:
    """Write YAML of dicts, lists, text and numbers; text as JSON, which YAML reads as it is."""
    pad = " " * indent
    if isinstance(value, dict):
        lines = []
        for key, part in value.items():
            nested = isinstance(part, dict | list) and part
            lines.append(f"{pad}{key}:" + (f"\n{_yaml(part, indent + 2)}" if nested else f" {_scalar(part)}"))
        return "\n".join(lines)
    if isinstance(value, list):
        return "\n".join(f"{pad}- {_yaml(part, indent + 2).lstrip()}" for part in value)
    return pad + _scalar(value)


def _scalar(value: Any) -> str:
    # A float that JSON writes as 1e-05 is text to YAML 1.1.
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0") + ("0" if float(f"{value:.10f}").is_integer() else "")
    return json.dumps(value, ensure_ascii=False)
