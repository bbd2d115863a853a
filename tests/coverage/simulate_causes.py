"""Plant one cause of bias at a time, and count which causes the audit of a data set names: make causes.

It writes tables of docs/measured/causes.md, on two cores in about a quarter of an hour. Seeds are fixed; a number of
seeds only tries.
"""

import sys
import time
from collections import defaultdict
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

import biasaudit as ba
from biasaudit.audits.data._causes import CAUSES
from biasaudit.audits.data._wrong_labels import LABEL_BIAS
from biasaudit.audits.data.equal_features import ADJUSTED
from biasaudit.audits.data.missing import VALUES
from biasaudit.audits.parts import judge

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

SEEDS = 400
ROWS = 5_000
CHECKED = 100  # verified rows of each group and recorded label
MAKE = {"hiring": ba.datasets.make_hiring, "recidivism": ba.datasets.make_recidivism}
NONE = "nothing"
DIALS = {
    NONE: 0.0,
    "historical_bias": 0.5,
    "label_bias": 0.5,
    "measurement_bias": 1.0,
    "underrepresentation": 0.4,
    "proxy_strength": 0.4,
    "omitted_variable": 0.4,
    "missingness": 0.4,
    "artefact": 0.4,
    "policing": 0.5,
}
CELLS = [(name, dial) for name in MAKE for dial in DIALS if not (name == "hiring" and dial == "policing")]
# What data alone can name, and what verified labels make of the rest; the other cells ought to be empty.
ALONE = {
    "historical_bias": "measured difference",
    "measurement_bias": "measured difference",
    "underrepresentation": "representation",
    "proxy_strength": "proxies",
    "missingness": "missingness",
    "artefact": "artefact",
    "label_bias": CAUSES[5],
    "omitted_variable": CAUSES[5],
    "policing": CAUSES[5],
}
CHECKED_TOO = ALONE | {
    "label_bias": "label bias",
    "policing": "label bias",
    "omitted_variable": "unmeasured cause",
}
GAP = "metric == 'base_rate' and comparison == 'difference' and kind == 'pair'"
WRONG_LABELS = "label_difference - true_label_difference"
# Quantities beside the gap of the label that a dial is about, and that a part of the audit estimates.
ABOUT = {
    "representation_ratio": {"underrepresentation"},
    "missing_difference": {"missingness"},
    "label_difference_given_features": {NONE, "label_bias", "omitted_variable", "policing", "historical_bias"},
    WRONG_LABELS: {NONE, "label_bias", "policing"},
}


def make(name, dial, seed):
    """Turn up one dial of a generator, or none."""
    return MAKE[name](ROWS, random_state=seed, **({} if dial == NONE else {dial: DIALS[dial]}))


def verify(data, seed, each=CHECKED):
    """Look up the true label of so many rows drawn at random from each group and recorded label."""
    rng = np.random.default_rng([seed, CHECKED])
    cells = data.frame.groupby([data.sensitive_features[0], data.label], observed=True).indices.values()
    rows = np.concatenate([rng.choice(cell, min(each, len(cell)), replace=False) for cell in cells])
    return pd.Series(data.truth.label[rows], index=rows)


def audits(data, seed):
    """Audit with verified labels and without; they share all parts but one, and are judged anew."""
    checked = ba.audit_dataset(data, verified=verify(data, seed))
    assert checked.parts[-1].name == "verified"
    alone = replace(checked, parts=judge(checked.parts[:-1], 1 - checked.confidence))
    if seed == 0:
        pd.testing.assert_frame_equal(alone.causes(), ba.audit_dataset(data).causes())
    return alone, checked


def look(task):
    """Audit one seed of one cell: causes named, alarms raised, and which intervals hold what was planted."""
    name, dial, seed = task
    data = make(name, dial, seed)
    alone, checked = audits(data, seed)
    found = {"task": task, "alone": named(alone), "checked": named(checked), "held": list(held(data, checked))}
    found["shown"] = bool((checked.disparities()["verdict"] == "shown").any())
    if CHECKED_TOO.get(dial) == "label bias" and seed % 4 == 0:
        asked = int(alone.part("label_errors")["verify"].iloc[0])
        told = ba.audit_dataset(data, verified=verify(data, seed, asked))
        found["told"] = asked, "label bias" in named(told)
    if dial == NONE:
        predictions = ba.audit_predictions(data.frame, y_true=data.label, sensitive_features=data.sensitive_features)
        found["alarms"] = alarms(alone, "") | alarms(checked, ", with verified labels")
        found["alarms"]["`audit_predictions` of the label: anything"] = anything(predictions)
    return found


def named(audit):
    table = audit.causes()
    return tuple(table.loc[table["named"], "cause"])


def anything(audit):
    """Say whether a gap, a row of a part or a finding is called shown."""
    rows = [row for part in getattr(audit, "parts", ()) for row in part.rows]
    findings = [finding.verdict for finding in audit.findings()]
    return "shown" in {*audit.disparities()["verdict"], *(row["verdict"] for row in rows), *findings}


def alarms(audit, suffix):
    gap = bool((audit.disparities()["verdict"] == "shown").any())
    parts = [part.name for part in audit.parts if any(row["verdict"] == "shown" for row in part.rows)]
    found = {f"`audit_dataset`{suffix}: anything": anything(audit)}
    if not suffix:
        found |= {"`audit_dataset`: a gap of the label": gap, "`audit_dataset`: any part": bool(parts)}
    return found


def held(data, audit):
    """Hold every interval against what the dial planted: quantity, planted value, whether it is covered."""
    planted = data.truth.planted.query("dial == 'all'").set_index("quantity")["value"].to_dict()
    planted[WRONG_LABELS] = planted["label_difference"] - planted["true_label_difference"]
    (gap,) = audit.disparities().query(GAP).to_dict("records")
    yield holds(planted, "label_difference", gap)
    for part in audit.parts:
        for row in part.rows:
            if part.name == "representation" and row["group"] == gap["group"]:
                yield holds(planted, "representation_ratio", row)
            elif part.name == "missing" and row["what"] == VALUES:
                yield holds(planted, f"missing_difference:{row['column']}", row)
            elif part.name == "equal_features" and row["what"] == ADJUSTED:
                yield holds(planted, "label_difference_given_features", row)
            elif part.name == "verified" and row["what"] == LABEL_BIAS:
                yield holds(planted, WRONG_LABELS, row)


def holds(planted, quantity, row):
    return quantity, planted[quantity], bool(row["low"] <= planted[quantity] <= row["high"])


def count(tasks):
    """Run every task on two cores, and tell on stderr how far it is."""
    begun, results = time.perf_counter(), defaultdict(list)
    with get_context("spawn").Pool(2) as pool:
        for done, found in enumerate(pool.imap_unordered(look, tasks, chunksize=10), 1):
            results[found["task"][:2]].append(found)
            if done % 200 == 0 or done == len(tasks):
                print(f"{done:,} of {len(tasks):,}, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return results


def verified_as_told(results):
    """Lay out how often verifying as many rows as the audit asks for names the wrong labels."""
    rows = []
    for name, dial in ((name, dial) for name, dial in CELLS if CHECKED_TOO.get(dial) == "label bias"):
        asked, found = zip(*(one["told"] for one in results[name, dial] if "told" in one), strict=True)
        rows.append([name, label(dial), f"{np.median(asked):.0f}", percent(np.mean(found))])
    return table(["data", "planted", "rows of each label in each group, median", "label bias named"], rows)


def table(head, rows):
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(share, bold=False):
    text = f"{100 * share:.1f} %".replace(".0 %", " %")
    return f"**{text}**" if bold else text


def planted_by_named(results, which, hoped):
    """Lay out how often each cause is named: by what was planted."""
    rows = []
    for (name, dial), found in ((cell, results[cell]) for cell in CELLS):
        shares = [np.mean([cause in one[which] for one in found]) for cause in CAUSES]
        cells = [percent(s, hoped.get(dial) == cause) for s, cause in zip(shares, CAUSES, strict=True)]
        if which == "alone":
            assert not any(shares[6:])
            cells[6:] = ["cannot tell"] * 2
        rows.append([name, label(dial), *cells])
    return table(["data", "planted", *CAUSES], rows)


def label(dial):
    return "nothing" if dial == NONE else f"`{dial}={DIALS[dial]:g}`"


def coverage(results):
    """Lay out how often intervals hold what was planted."""
    rows = []
    for (name, dial), found in ((cell, results[cell]) for cell in CELLS):
        hits = defaultdict(list)
        for quantity, value, hit in (held for one in found for held in one["held"]):
            hits[quantity, value].append(hit)
        for (quantity, value), hit in hits.items():
            gap = quantity == "label_difference"
            if gap or dial in ABOUT.get(quantity.partition(":")[0], ()):
                shown = percent(np.mean([one["shown"] for one in found])) if gap else ""
                size = f"{value:.3f}" if quantity == "representation_ratio" else f"{100 * value:+.1f} points"
                rows.append([name, label(dial), f"`{quantity}`", size, percent(np.mean(hit)), shown])
    return table(["data", "planted", "quantity", "its value", "interval holds it", "gap called *shown*"], rows)


def false_alarms(results):
    rows = []
    for name in MAKE:
        found = [one["alarms"] for one in results[name, NONE]]
        for kind in found[0]:
            share = np.mean([one[kind] for one in found])
            error = np.sqrt(share * (1 - share) / len(found))
            rows.append([name, kind, percent(share), f"{100 * error:.1f} points"])
    return table(["data", "called *shown*", "share of audits", "standard error"], rows)


def compact(results, seeds):
    """Name for each dial the causes named in at least one of twenty seeds, with their shares in both tables."""
    rows = []
    for dial in DIALS:
        cells = [results[name, dial] for name in MAKE if (name, dial) in results]
        held = [
            np.mean([hit for one in cell for name, _, hit in one["held"] if name == "label_difference"])
            for cell in cells
        ]
        named = [_often(cells, which) for which in ("alone", "checked")]
        rows.append([label(dial), *named, _both(held)])
    head = ["planted", "named by data alone", f"with {4 * CHECKED} verified labels", "interval holds the planted gap"]
    lines = table(head, rows)
    return f"Percent of {seeds} seeds, {ROWS:,} rows, hiring / recidivism:\n\n{lines}"


def _often(cells, which):
    shares = {cause: [np.mean([cause in one[which] for one in cell]) for cell in cells] for cause in CAUSES}
    return "; ".join(f"{cause} {_both(both)}" for cause, both in shares.items() if max(both) >= 0.05) or "nothing"


def _both(shares):
    return " / ".join(f"{100 * share:.3g}" for share in shares)


def size(seeds):
    """Say how much was measured, and how sure a share of so many seeds is."""
    error, share = 100 * np.sqrt(0.05 * 0.95 / seeds), 100 * 4 * CHECKED / ROWS
    return (
        f"{seeds} seeds a row, {ROWS:,} people a table, {len(CELLS)} rows; {4 * CHECKED} true labels ({share:.0f} % of "
        f"a table) are verified. The standard error of 5 % or 95 % of {seeds} seeds is {error:.1f} points."
    )


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    begun = time.perf_counter()
    found = count([(name, dial, seed) for seed in range(seeds) for name, dial in CELLS])
    made = {"command": "make causes", "trial": seeds != SEEDS, "begun": begun}
    with measured_part("causes", "named", **made):
        print(f"{size(seeds)}\n\n{compact(found, seeds)}")
    with measured_part("causes", "alarms", **made):
        print(false_alarms(found))
    with measured_part("causes", "alone", **made):
        print(planted_by_named(found, "alone", ALONE))
    with measured_part("causes", "verified", **made):
        print(planted_by_named(found, "checked", CHECKED_TOO))
    with measured_part("causes", "how-many-to-verify", **made):
        print(verified_as_told(found))
    with measured_part("causes", "intervals", **made):
        print(coverage(found))


if __name__ == "__main__":
    main()
