"""Measure false claims and power of whole audits: equal groups, partial nulls, crossings, what could have been seen.

Run it with ``make coverage``; it writes the tables of docs/measured/questions.md. Seeds are fixed.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2

import biasaudit as ba

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

CASES = (
    ("1,000 / 400, 20 v 28 %", (1_000, 400), (0.20, 0.28), 0.30),
    ("1,500 / 800 / 400 / 200, one 28 v 20 %", (1_500, 800, 400, 200), (0.20, 0.20, 0.28, 0.20), 0.20),
    ("sizes of COMPAS, 25 v 20 %", (3_696, 2_454, 637, 377, 32, 18), (0.20, 0.25, 0.20, 0.20, 0.20, 0.20), 0.38),
    ("8 of 250, one 32 v 20 %", (250,) * 8, (0.20,) * 7 + (0.32,), 0.42),
)
LABELS = {"y_true": "y", "y_pred": "p"}


def counts(rng, sizes, fpr, base, tpr=0.6):
    """Draw TN, FP, FN and TP of each group; rates may be one for all groups."""
    n = np.array(sizes)
    positive = rng.binomial(n, base)
    tp, fp = rng.binomial(positive, tpr), rng.binomial(n - positive, fpr)
    return np.stack([n - positive - fp, fp, positive - tp, tp], axis=1)


def audited(cells, **more):
    frame = pd.DataFrame(
        {
            "g": np.repeat([f"g{i:02}" for i in range(len(cells))], 4),
            "y": np.tile([0, 0, 1, 1], len(cells)),
            "p": np.tile([0, 1, 0, 1], len(cells)),
            "n": cells.ravel(),
        }
    )
    asked = {"sensitive_features": "g", "count": "n"} | LABELS | more
    return ba.audit_predictions(frame[frame["n"] > 0], **asked).disparities()


def chi_square(counted, rows):
    rows, counted = rows[rows > 0], counted[rows > 0]
    pooled = counted.sum() / rows.sum()
    if pooled in (0, 1):
        return 1.0
    return chi2.sf(((counted - rows * pooled) ** 2 / (rows * pooled * (1 - pooled))).sum(), len(rows) - 1)


def holm_of_primaries(cells):
    """Whether chi-square with Holm's correction over the four primary questions finds the false positive rate."""
    tn, fp, fn, tp = cells.T
    p = [chi_square(x, n) for x, n in ((fp, fp + tn), (fn, fn + tp), (tp + fp, cells.sum(axis=1)), (tp, tp + fp))]
    smaller = sorted(p).index(p[0])
    return p[0] <= 0.05, all(q <= 0.05 / (4 - i) for i, q in enumerate(sorted(p)[: smaller + 1]))


def measure_power(tables):
    print(f"A gap in false positive rates, found in % of {tables:,} tables:\n")
    print("| groups | chi-square alone | with Holm over four questions | audit |\n|---|---:|---:|---:|")
    for name, sizes, fpr, base in CASES:
        rng, found = np.random.default_rng([19, len(sizes)]), np.zeros(3)
        for _ in range(tables):
            cells = counts(rng, sizes, fpr, base)
            table = audited(cells)
            row = (table["metric"] == "false_positive_rate") & (table["kind"] == "range")
            found += [*holm_of_primaries(cells), (table[row]["verdict"] == "shown").any()]
        print(f"| {name} | " + " | ".join(f"{100 * f:.1f}" for f in found / tables) + " |", flush=True)


def equal_frame(rng, features, kind):
    """Draw people whose labels and predictions have nothing to do with any feature."""
    rows = 2_000
    levels = {"six": 6, "35": 35}.get(kind, 2 if features > 1 else 4)
    frame = pd.DataFrame({f"f{i}": rng.integers(0, levels, rows).astype(str) for i in range(features)})
    if kind == "35":
        frame["f0"] = [f"g{size:02}" for size in np.minimum(rng.zipf(1.5, rows), 35)]
    cluster = np.arange(rows) if kind != "clusters" else rng.integers(0, 200, rows)
    if kind == "clusters":
        frame["f0"] = (cluster % 4).astype(str)
    likes = rng.beta(1.2, 2.8, rows)[cluster]
    frame["y"] = (rng.random(rows) < likes).astype(int)
    frame["s"] = np.clip(rng.normal(0.4 + 0.2 * frame["y"], 0.2), 0, 0.999)
    frame["p"] = (frame["s"] > 0.5).astype(int)
    frame["c"] = cluster
    frame["w"] = np.where(frame["p"] * frame["y"] == 1, 5.0, 1.0) * rng.gamma(2, 0.5, rows)
    return frame


ALIKE = (
    ("six groups", 1, "six", {}),
    ("six groups, with a score", 1, "six", {"score": "s"}),
    ("two features", 2, "", {}),
    ("three features", 3, "", {}),
    ("five features", 5, "", {}),
    ("35 groups, Zipf", 1, "35", {}),
    ("weights that go with the outcome", 1, "", {"sample_weight": "w"}),
    ("200 clusters", 1, "clusters", {"cluster": "c"}),
)


def measure_false_claims(tables):
    print(f"Equal groups, 2,000 rows: *shown* anywhere, in % of {tables:,} audits:\n")
    print("| audit | any *shown* |\n|---|---:|")
    for name, features, kind, more in ALIKE:
        rng, shown = np.random.default_rng([19, features, len(name)]), 0
        for _ in range(tables):
            frame = equal_frame(rng, features, kind)
            asked = {"sensitive_features": [f"f{i}" for i in range(features)]} | LABELS | more
            shown += (ba.audit_predictions(frame, **asked).disparities()["verdict"] == "shown").any()
        print(f"| {name} | {100 * shown / tables:.1f} |", flush=True)


def measure_partial_nulls(tables):
    print(f"One group far off in everything, the others alike: a false pair is *shown*, in % of {tables:,} audits:\n")
    print("| others | 4 primary questions | 12, with a second feature |\n|---:|---:|---:|")
    for others in (3, 5, 9):
        false = []
        for halves in (False, True):
            rng, wrong = np.random.default_rng([19, others, halves]), 0
            off = np.arange(others + 1) == 0
            for _ in range(tables):
                cells = counts(
                    rng,
                    (400,) * (others + 1),
                    np.where(off, 0.6, 0.2),
                    np.where(off, 0.6, 0.3),
                    np.where(off, 0.3, 0.7),
                )
                wrong += _false_pair(in_halves(rng, cells) if halves else audited(cells, reference={"g": "g01"}))
            false.append(100 * wrong / tables)
        print(f"| {others} | {false[0]:.1f} | {false[1]:.1f} |", flush=True)


def in_halves(rng, cells):
    """Audit the groups by a second feature as well, which has nothing to do with anything."""
    first = rng.binomial(cells, 0.5)
    groups = [f"g{i:02}" for i in range(len(cells))]
    frame = pd.DataFrame(
        {
            "g": np.tile(np.repeat(groups, 4), 2),
            "f": np.repeat(["a", "b"], cells.size),
            "y": np.tile([0, 0, 1, 1], 2 * len(cells)),
            "p": np.tile([0, 1, 0, 1], 2 * len(cells)),
            "n": np.concatenate([first.ravel(), (cells - first).ravel()]),
        }
    )
    asked = {"sensitive_features": ["g", "f"], "count": "n", "reference": {"g": "g01"}} | LABELS
    return ba.audit_predictions(frame[frame["n"] > 0], **asked).disparities()


def _false_pair(table):
    """Whether two groups are told apart that are both the one that is far off, or both not."""
    pairs = table[(table["kind"] == "pair") & (table["verdict"] == "shown")]
    return any(
        (group.get("g") == "g00") == (reference.get("g") == "g00")
        for group, reference in zip(pairs["group"], pairs["reference"], strict=True)
    )


def measure_crossings(tables):
    print(f"A checkerboard of two features (34 and 26 %, 2,000 rows), in % of {tables:,} tables:\n")
    print("| features | found | *shown* where nothing is |\n|---:|---:|---:|")
    for features in (2, 3, 4, 5):
        found = np.zeros(2)
        for seed in range(tables):
            for at in (0, 1):
                rng = np.random.default_rng([19, features, seed])
                x = rng.integers(0, 2, (2_000, features))
                rate = np.where(x[:, 0] == x[:, 1], 0.34, 0.26) if at == 0 else 0.30
                frame = pd.DataFrame({f"f{i}": np.where(x[:, i] == 1, "a", "b") for i in range(features)})
                frame["p"] = (rng.random(2_000) < rate).astype(int)
                table = ba.audit_predictions(frame, sensitive_features=[*frame.columns[:-1]], y_pred="p").disparities()
                found[at] += (table["verdict"] == "shown").any()
        print(f"| {features} | {100 * found[0] / tables:.1f} | {100 * found[1] / tables:.1f} |", flush=True)


def measure_what_could_be_seen(tables):
    print(f"A planted gap as large as the one that could have been seen: *shown* in % of {tables:,} tables:\n")
    print("| groups | gap planted, points | its pair is *shown* | the split is |\n|---|---:|---:|---:|")
    for clustered in (False, True):
        for groups in (2, 6, 12):
            rng = np.random.default_rng([19, groups, clustered])
            gap, shown = _seen(rng, groups, clustered, tables)
            name = f"{groups}, of clusters of 10" if clustered else f"{groups}"
            print(f"| {name} | {100 * gap:.1f} | " + " | ".join(f"{100 * s:.1f}" for s in shown) + " |", flush=True)


def _seen(rng, groups, clustered, tables):
    """Plant what could have been seen, on the average of 20 tables, and count where it is."""
    sizes = np.linspace(70, 30, groups).round().astype(int) * 10
    selected = np.full(groups, 0.3)
    before = [_selection(rng, sizes, selected, clustered) for _ in range(20)]
    of_pair = [table[_is_ours(table)]["smallest_detectable"].iloc[0] for table in before]
    selected[1] += (gap := float(np.mean(of_pair)))
    shown = np.zeros(2)
    for _ in range(tables):
        table = _selection(rng, sizes, selected, clustered)
        shown += [(table[at]["verdict"] == "shown").any() for at in (_is_ours(table), table["kind"] == "range")]
    return gap, shown / tables


def _is_ours(table):
    return table["kind"].eq("pair") & table["group"].eq({"g": "g01"}) & table["reference"].eq({"g": "g00"})


def _selection(rng, sizes, selected, clustered):
    """Draw people who are selected by themselves, or in clusters of ten whose rows correlate by .05."""
    of = np.repeat(np.arange(len(sizes)), sizes // 10 if clustered else 1)
    rows = np.full(len(of), 10) if clustered else sizes
    rate = rng.beta(19 * selected[of], 19 * (1 - selected[of])) if clustered else selected
    counted = rng.binomial(rows, rate)
    frame = pd.DataFrame(
        {
            "g": np.repeat([f"g{i:02}" for i in of], 2),
            "c": np.repeat(np.arange(len(of)), 2),
            "p": np.tile([0, 1], len(of)),
            "n": np.stack([rows - counted, counted], axis=1).ravel(),
        }
    )
    asked = {"sensitive_features": "g", "y_pred": "p", "count": "n", "reference": {"g": "g00"}}
    asked |= {"cluster": "c"} if clustered else {}
    found = ba.audit_predictions(frame[frame["n"] > 0], **asked).disparities("selection_rate")
    return found[found["comparison"] == "difference"]


def measure_sentences(tables):
    """Ask of every sentence that says shown whether the two it names differ, and whether its limits hold their gap."""
    print(f"What sentences say, {tables:,} tables a row, in %:\n")
    columns = "something *shown* | names an alike pair | limits miss the named gap | denied by the headline"
    print(f"| beside two large groups | {columns} |\n|---|---:|---:|---:|---:|")
    tiny, middling = ("1 to 20 of 1 to 5 people", (1, 21), (1, 6)), ("4 to 12 of 40 to 300", (4, 13), (40, 300))
    for name, number, people in (tiny, middling):
        said = np.zeros(4)
        for seed in range(tables):
            rng = np.random.default_rng([19, 99, seed, people[0]])
            sizes = np.r_[rng.integers(500, 4_000, 2), rng.integers(*people, rng.integers(*number))]
            rates = np.full(len(sizes), rng.uniform(0.1, 0.6))
            rates[1] += rng.choice([0, 0.05, 0.1])
            said += _of_sentences(sizes, rates, rng.binomial(sizes, rates))
        print(f"| {name} | " + " | ".join(f"{100 * s:.1f}" for s in said / tables) + " |", flush=True)


def _of_sentences(sizes, rates, counted):
    names = [f"g{i:02}" for i in range(len(sizes))]
    frame = pd.DataFrame(
        {
            "g": np.repeat(names, 2),
            "p": np.tile([0, 1], len(sizes)),
            "n": np.stack([sizes - counted, counted], axis=1).ravel(),
        }
    )
    audit = ba.audit_predictions(frame[frame["n"] > 0], sensitive_features="g", y_pred="p", count="n")
    table, truth = audit.disparities(), dict(zip(names, rates, strict=True))
    everyone = np.average(rates, weights=sizes)
    told = [one for one in audit.findings() if one.verdict == "shown" and one.kind != "range"]
    gaps = [truth[one.group["g"]] - truth.get(one.reference.get("g"), everyone) for one in told]
    missed = [not one.interval[0] <= gap <= one.interval[1] for one, gap in zip(told, gaps, strict=True)]
    shown = (table["verdict"] == "shown") & table["material"].eq(True)
    denied = shown.any() and audit.report().headline.startswith("No gap")
    return np.array([bool(told), any(abs(gap) < 1e-12 for gap in gaps), any(missed), denied], dtype=float)


if __name__ == "__main__":
    begun = time.perf_counter()
    with measured_part("questions", "power"):
        measure_power(1_000)
    with measured_part("questions", "false-claims"):
        measure_false_claims(500)
    with measured_part("questions", "partial-nulls"):
        measure_partial_nulls(500)
    with measured_part("questions", "crossings"):
        measure_crossings(200)
    with measured_part("questions", "what-could-be-seen"):
        measure_what_could_be_seen(500)
    with measured_part("questions", "sentences"):
        measure_sentences(1_000)
    print(f"\n{time.perf_counter() - begun:.0f} s", file=sys.stderr)
