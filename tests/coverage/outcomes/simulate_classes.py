"""Intervals of measures over several classes, and what whole audits of classes show, from tables drawn at random.

Every table is one of counts, true classes by predicted ones. Run by ``make coverage``; it writes
docs/measured/classes.md. Seeds are fixed, and `TABLES` and `AUDITS` say how many are drawn.
"""

import sys
import time
from pathlib import Path

import numpy as np

import biasaudit as ba
from biasaudit.audits.classes.class_audit import class_audit_of_table
from biasaudit.inference.disparities import compare_pairs
from biasaudit.inference.variance.composite_shares import composite_shares
from biasaudit.inference.variance.effective import concat_shares, group_shares
from biasaudit.metrics.classes.composites import class_composites
from biasaudit.metrics.classes.rates import class_rates
from biasaudit.metrics.classes.words import ClassWords
from biasaudit.metrics.primary import Primary

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

TABLES, AUDITS, POWER_AUDITS = 10_000, 1_000, 500
# Unequal sizes of classes, and how often each is recognised.
CLASSES = {3: ([0.6, 0.3, 0.1], [0.9, 0.75, 0.6]), 5: ([0.4, 0.25, 0.2, 0.1, 0.05], [0.85, 0.8, 0.7, 0.6, 0.5])}
SIZES = ((30, 30), (30, 300), (30, 5_000), (100, 100), (100, 1_000), (100, 5_000), (300, 300), (1_000, 5_000))
SIZES += ((5_000, 5_000),)
MEASURES = ("accuracy", "macro_recall", "macro_f1", "mean_predicted_rank", "mean_rank_error")


def confused(base, recall):
    """Share of everyone in each cell: mistakes fall on near classes more often than on far ones."""
    base, recall = np.array(base), np.array(recall)
    far = 1 / np.abs(np.subtract.outer(np.arange(len(base)), np.arange(len(base)))).clip(1)
    np.fill_diagonal(far, 0.0)
    wrong = far / far.sum(axis=1, keepdims=True) * (1 - recall)[:, None]
    return base[:, None] * (np.diag(recall) + wrong)


def other(classes):
    """Another group: classes are of other sizes, and everybody is recognised less often."""
    base, recall = (np.array(values) for values in CLASSES[classes])
    moved = base * np.linspace(0.7, 1.3, classes)
    return confused(moved / moved.sum(), 0.85 * recall + 0.15 / classes)


def counted(cells, weights=None):
    """Make a table of counts of groups by true and predicted class; with weights, they and their squares."""
    groups, classes, _ = cells.shape
    group, true, predicted = (index.astype(np.int64) for index in np.nonzero(cells))
    found = [None if sums is None else sums[group, true, predicted] for sums in weights or (None, None)]
    return ba.Crosstab(
        ("group",),
        (tuple(map(str, range(groups))),),
        tuple(map(str, range(classes))),
        group[:, None],
        true,
        predicted,
        cells[group, true, predicted].astype(np.int64),
        weight=found[0],
        weight_squared=found[1],
    )


def drawn(rng, chances, rows, tables, weighted):
    """Draw so many tables; weighted, a third of the rows weighs four times as much as the others."""
    shape = (tables, *chances.shape)
    if not weighted:
        return rng.multinomial(rows, chances.ravel(), tables).reshape(shape), None
    heavy = rng.multinomial(rows // 3, chances.ravel(), tables).reshape(shape)
    light = rng.multinomial(rows - rows // 3, chances.ravel(), tables).reshape(shape)
    return heavy + light, (4.0 * heavy + light, 16.0 * heavy + light)


def measured(measures, cells, weights=None):
    """Return the shares of all measures in every table."""
    rates, composites = measures
    # Crosstabs take so many groups: tables are measured a few hundred at a time.
    parts = []
    for start in range(0, len(cells), 500):
        at = slice(start, start + 500)
        table = counted(cells[at], None if weights is None else tuple(sums[at] for sums in weights))
        parts.append(concat_shares([group_shares(table, rates), composite_shares(table, composites)], axis=0))
    return concat_shares(parts)


def measures_of(classes):
    names, every = [str(name) for name in range(classes)], np.ones(classes, dtype=bool)
    rates = class_rates(names, has_true=True, has_pred=True)[:1]
    composites = class_composites(names, every, every, has_true=True, has_pred=True, ordered=True)
    return rates, tuple(one for one in composites if one.name in MEASURES)


def truth(measures, chances):
    rates, composites = measures
    cells = chances.reshape(1, -1)
    values = [one.estimate(cells)[0] for one in rates]
    return np.array(values + [one.value(one.influence(cells, cells, None).share)[0] for one in composites])


def held(rng, classes, sizes, weighted):
    """Share of tables whose interval of each gap holds the true one, of those in which the gap has a value."""
    measures, chances = measures_of(classes), (confused(*CLASSES[classes]), other(classes))
    sides = [
        measured(measures, *drawn(rng, one, rows, TABLES, weighted)) for one, rows in zip(chances, sizes, strict=True)
    ]
    gap = compare_pairs(sum(measures, ()), *sides, confidence=0.95, alpha=0.05)["difference"]
    true = (truth(measures, chances[0]) - truth(measures, chances[1]))[:, None]
    known = np.isfinite(gap.estimate)
    inside = (gap.low <= true) & (true <= gap.high) & known
    return 100 * inside.sum(axis=1) / known.sum(axis=1), 100 * known[1].mean()


def measure_intervals():
    print(f"{TABLES:,} tables a row, 95 % intervals of the gap between two groups, held in %:\n")
    heads = " | ".join(name.replace("_", " ") for name in MEASURES)
    print(f"| classes | rows | {heads} | macro recall has a value |\n|---:|---:|" + "---:|" * 6)
    rng = np.random.default_rng(23)
    for classes in CLASSES:
        settings = [(sizes, False) for sizes in SIZES] + [((100, 1_000), True), ((1_000, 1_000), True)]
        for sizes, weighted in settings:
            found, known = held(rng, classes, sizes, weighted)
            told = " | ".join(f"{value:.1f}" for value in found)
            rows = f"{sizes[0]:,}, {sizes[1]:,}{', weights 1 and 4' if weighted else ''}"
            print(f"| {classes} | {rows} | {told} | {known:.0f} |", flush=True)


def audited(cells):
    """Audit a table of groups by true and predicted class, as `audit_crosstab` does."""
    asked = {"title": "", "settings": {}, "reference": {}, "confidence": 0.95, "primary": Primary()}
    return class_audit_of_table(counted(cells), words=ClassWords(), **asked).disparities()


def holm(p_values):
    """Adjust p-values by Holm's procedure."""
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(np.sort(p_values) * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def shown(rng, chances, rows, audits):
    """Share of audits that show anything, the last class's recall, and both by Holm over all questions of classes."""
    found = []
    for _ in range(audits):
        cells = np.stack([rng.multinomial(n, p.ravel()).reshape(p.shape) for n, p in zip(rows, chances, strict=True)])
        gaps = audited(cells)
        ranges = gaps[(gaps["kind"] == "range") & (gaps["comparison"] == "difference")]
        of_class = ranges[ranges["class"] != ""]
        asked = (of_class["metric"] == "true_positive_rate") & (of_class["class"] == str(len(chances[0]) - 1))
        by_holm = holm(of_class["p_value"].to_numpy(float)) <= 0.05
        verdicts = (of_class["verdict"] == "shown").to_numpy()
        found.append([(gaps["verdict"] == "shown").any(), by_holm.any(), verdicts[asked].any(), by_holm[asked].any()])
    return 100 * np.mean(found, axis=0)


def measure_audits():
    print(f"{AUDITS:,} audits a row of alike groups, {POWER_AUDITS:,} of groups of which one differs, in %:\n")
    heads = "alike: any *shown* | Holm: any p ≤ .05 | recognised less: *shown* | Holm: p ≤ .05"
    print(f"| classes | rows | {heads} |\n|---:|---:|" + "---:|" * 4)
    rng = np.random.default_rng(24)
    for classes, (base, recall) in CLASSES.items():
        # The rarest class is recognised 30 points less often in one group.
        less = [*recall[:-1], recall[-1] - 0.3]
        for rows in ((1_000, 1_000), (3_000, 1_000, 300)):
            alike = [confused(base, recall)] * len(rows)
            differ = [*alike[:1], confused(base, less), *alike[2:]]
            alarms, power = shown(rng, alike, rows, AUDITS), shown(rng, differ, rows, POWER_AUDITS)
            told = " | ".join(f"{value:.1f}" for value in (*alarms[:2], *power[2:]))
            print(f"| {classes} | {', '.join(f'{n:,}' for n in rows)} | {told} |", flush=True)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("classes", "intervals"):
        measure_intervals()
    with measured_part("classes", "audits"):
        measure_audits()
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
