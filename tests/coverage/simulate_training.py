"""Measure how often an audit of a way of training says *shown* of equal groups, and how often its intervals hold.

Run it with ``make coverage``; it writes a table of docs/measured/training.md. Seeds are fixed. The model learns from
the group, which has nothing to do with the label, but in the last rows. The truth is the gap of a model on average over
training sets.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import biasaudit as ba
from biasaudit.datasets import Dataset

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

ROWS, FOLDS = 1_000, 5
MANY, FEW = 150, 60
METRICS = ("selection_rate", "false_positive_rate", "accuracy", "auc")
NEW, TRAININGS = 4_000, 300


@dataclass(frozen=True)
class Setting:
    """A way of training, groups of equal size, and by how much the log odds of the first differ."""

    name: str
    model: object
    groups: int
    tables: int
    planted: float = 0.0

    def draw(self, rng, rows):
        x, group = rng.normal(size=rows), rng.integers(0, self.groups, rows)
        chance = 1 / (1 + np.exp(-x / 2 - self.planted * (group == 0)))
        columns = {"x": x} | {f"in_{k}": (group == k).astype(float) for k in range(self.groups - 1)}
        frame = pd.DataFrame(
            columns | {"g": np.array(list("abcd"))[group], "y": (rng.random(rows) < chance).astype(int)}
        )
        return Dataset("people", frame, "y", tuple(columns), ("g",))

    def truth(self):
        """The gap of each metric between the first two groups, on average over training sets."""
        if not self.planted:
            return dict.fromkeys(METRICS, 0.0)
        rng, gaps = np.random.default_rng(7), []
        for _ in range(TRAININGS):
            learnt, new = self.draw(rng, ROWS - ROWS // FOLDS), self.draw(rng, NEW)
            model = clone(self.model).fit(learnt.frame[list(learnt.features)], learnt.frame["y"])
            X = new.frame[list(new.features)]
            table = new.frame.assign(p=model.predict(X), s=model.predict_proba(X)[:, 1])
            audit = ba.audit_predictions(
                table, sensitive_features="g", y_true="y", y_pred="p", score="s", reference={"g": "b"}
            )
            rates = audit.rates()
            rates = rates[rates["metric"].isin(METRICS) & rates["group"].map(bool)]
            gaps.append(
                rates.assign(g=[one["g"] for one in rates["group"]]).pivot(
                    index="metric", columns="g", values="estimate"
                )
            )
        mean = sum(gaps) / len(gaps)
        return (mean["a"] - mean["b"]).to_dict()


TREE = DecisionTreeClassifier(max_depth=6, random_state=0)
FOREST = RandomForestClassifier(15, max_depth=6, random_state=0)
BOOSTED = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, random_state=0)
SETTINGS = (
    *(Setting("tree of depth 6", TREE, groups, MANY) for groups in (2, 4)),
    *(Setting("logistic regression", LogisticRegression(), groups, MANY) for groups in (2, 4)),
    *(Setting("forest of 15 trees", FOREST, groups, FEW) for groups in (2, 4)),
    *(Setting("20 boosted trees", BOOSTED, groups, FEW) for groups in (2, 4)),
    Setting("tree, a gap planted", TREE, 2, FEW, 1.0),
    Setting("logistic regression, a gap planted", LogisticRegression(), 2, FEW, 1.0),
)


def judged(audit, truth, planted):
    """Say whether anything is shown, of which metrics the pair's interval holds the truth, and how wide it is."""
    gaps = audit.disparities()
    shown = gaps["verdict"] == "shown"
    if planted:
        # That the labels differ is seen without a model.
        shown &= gaps["metric"] != "base_rate"
    pair = (gaps["kind"] == "pair") & (gaps["comparison"] == "difference") & gaps["metric"].isin(METRICS)
    ends = (gaps["group"] == {"g": "a"}) & (gaps["reference"] == {"g": "b"})
    first = gaps[pair & ends].set_index("metric")
    held = [first["low"][name] <= truth[name] <= first["high"][name] for name in METRICS]
    return [shown.any(), *held, first["high"]["selection_rate"] - first["low"]["selection_rate"]]


def main():
    heads = " | ".join(f"{name} holds" for name in METRICS)
    print(f"{ROWS:,} rows, {FOLDS} folds; in %, these models in brackets; widths of the selection gap in points:\n")
    print(f"| way of training | groups | tables | *shown* | {heads} | width |\n| --- |" + " ---: |" * 8)
    for setting in SETTINGS:
        rng, truth, found = np.random.default_rng(18), setting.truth(), []
        for _ in range(setting.tables):
            audit = ba.audit_model(
                setting.model, setting.draw(rng, ROWS), folds=FOLDS, reference={"g": "b"}, progress=False
            )
            # The same models without what another training would change.
            found.append([judged(one, truth, setting.planted) for one in (audit, replace(audit, halves=None))])
        training, models = 100 * np.mean(np.array(found, float), axis=0)
        cells = " | ".join(f"{one:.1f} ({other:.1f})" for one, other in zip(training, models, strict=True))
        print(f"| {setting.name} | {setting.groups} | {setting.tables} | {cells} |", flush=True)


if __name__ == "__main__":
    with measured_part("training", "training"):
        main()
