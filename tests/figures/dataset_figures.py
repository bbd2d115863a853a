"""The figures of the shipped data sets: of what each holds, and of what mends a model of it."""

from __future__ import annotations

from dataclasses import replace

from audit_figures import (
    audit_sections,
    comparison_sections,
    data_sections,
    line_sections,
    reason_sections,
    subgroup_sections,
)
from figure_lines import Kind, Section

import biasaudit as ba
from biasaudit.datasets.shipped.loading import SHIPPED, load

__all__ = ["DATASETS", "dataset_figures", "dataset_header"]

DATASETS = tuple(sorted(SHIPPED))
# Rows that mitigations are compared on: the first ones, since training is what takes time.
COMPARED, FOLDS = 2_000, 2
# No processor tried moved any of these figures: logistic regressions end, and few decisions lie on the line.
MENDED = Kind(0.01, needs=("torch", "skorch"))


def dataset_header(name: str) -> tuple[str, ...]:
    """Say what the file of a data set holds."""
    data = load(name)
    first = f"{name}: every audit that the columns of this data set allow, as its card says to read them."
    if data.unit is not None:
        return first, f"Its label is a number in {data.unit}: it is audited, and nothing else is asked of it yet."
    if data.label is None:
        return first, "It has decisions and no label, so no model is trained and no mitigation compared."
    return first, f"Mitigations are compared on the first {COMPARED:,} rows, in {FOLDS} folds."


def dataset_figures(name: str) -> list[Section]:
    """Run every audit that a data set has the columns for."""
    data = load(name)
    predictions = ba.audit_predictions(data)
    sections = [
        *audit_sections("audit_predictions", predictions),
        *reason_sections("audit_predictions", predictions),
    ]
    if data.unit is not None:
        return sections
    sections += data_sections("audit_dataset", ba.audit_dataset(data))
    if "score" in data.audit_arguments:
        sections += line_sections("audit_thresholds", ba.audit_thresholds(data))
    if data.label is None:
        return sections
    first = replace(data, frame=data.frame.head(COMPARED))
    found = ba.mitigation.compare(first, folds=FOLDS, n_jobs=1, progress=False)
    return [
        *sections,
        *subgroup_sections("find_subgroups", ba.find_subgroups(data)),
        *comparison_sections("compare", found, MENDED),
    ]
