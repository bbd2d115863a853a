"""A page for each mitigation, and the table over all of them: what it costs, and who has to know the group."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from pathlib import Path
from typing import Any

from biasaudit.mitigation.registry import BASELINE, MITIGATIONS, NUMBER, NUMBER_MITIGATIONS, MitigationRow

from .markdown_parts import bullets, cell, facts, fence, hidden_toctree, parameters, references, write_page
from .measured import MEASURED, Page
from .writing import table

__all__ = ["ROWS", "make_mitigation_pages", "measured", "words_of"]

ROWS = (BASELINE, *MITIGATIONS)
EVERY = (*ROWS, *NUMBER_MITIGATIONS)
STAGES = {
    "before": "before training: the data change, and any model learns from them",
    "during": "in training: the model learns otherwise",
    "after": "after training: the decisions change, the model stays as it is",
}
TIMES = {"before": "before training", "during": "in training", "after": "after training"}
DATA = {"compas": "COMPAS, by race", "adult": "Adult, by sex"}
SHOWN = ("Accuracy", "Balanced accuracy", "Selection ratio", "Equalized odds gap", "Seconds")
# Times the model alone; what takes longer is shown on fewer rows.
SLOW = 5
OWN_PRICE = (
    "That depends on the gap: how far it closes, and by how much the root mean squared error rises, each with its "
    "interval, the comparison below says of your data."
)
LAW = "[where the law may forbid it](../index.md#where-the-law-may-forbid-it)"


def make_mitigation_pages(srcdir: Path | str) -> None:
    """Write a page a mitigation, and what the index page includes.

    Parameters
    ----------
    srcdir : path
        Folder that gets the pages; measured figures are read from where the project keeps them.
    """
    folder = Path(srcdir) / "understand" / "mitigations" / "made"
    figures = measured()
    for row in EVERY:
        write_page(folder / f"{row.name}.md", _page(row, words_of(row), figures))
    write_page(folder / "table.txt", [_overview(figures)])
    write_page(folder / "pages.txt", [hidden_toctree(f"made/{row.name}" for row in EVERY)])


def words_of(row: MitigationRow) -> dict[str, Any]:
    """Return what no registry can say of a mitigation: plain words, what can go wrong, its names elsewhere."""
    with (Path(__file__).parent / "mitigations.toml").open("rb") as file:
        return dict(tomllib.load(file)[row.name])


def measured() -> dict[str, dict[str, dict[str, str]]]:
    """Read the measured tables: data set, label of the mitigation, column, figure as it is written there."""
    page = Page(MEASURED, "mitigations")
    return {name: page.by_name(name) for name in DATA}


def _estimate(figure: str) -> str:
    return figure.partition(" ")[0]


def _class(row: MitigationRow) -> Any:
    module, _, kind = row.home.partition(":")
    return getattr(importlib.import_module(f"biasaudit.mitigation.{module}"), kind)


def _overview(figures: dict[str, dict[str, dict[str, str]]]) -> str:
    columns = [f"{DATA[name].partition(',')[0]}: {short}" for name in DATA for short in ("acc.", "gap")]
    rows = []
    for row in ROWS:
        lines = [figures[name][row.label] for name in DATA]
        prices = [_estimate(line[column]) for line in lines for column in ("Accuracy", "Equalized odds gap")]
        rows.append([f"[{row.label}](made/{row.name}.md)", _acts(row), _knows(row), *prices, f"{row.effort:g} ×"])
    return table(["Mitigation", "Acts", "Knows the group", *columns, "Time"], rows, numbers=len(columns) + 1)


def _acts(row: MitigationRow) -> str:
    return "nowhere" if row is BASELINE else TIMES[row.stage]


def _knows(row: MitigationRow) -> str:
    if row is BASELINE:
        return "nobody"
    return "training **and decision**" if row.needs_group else "training"


def _page(row: MitigationRow, words: dict[str, Any], figures: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    kind = _class(row)
    return [
        f"# {row.label}",
        words["lead"],
        facts(_facts(row, kind)),
        "## What it does",
        words["does"].strip(),
        "## Who has to know a person's group, and when",
        _who(row),
        "## What it costs",
        *([OWN_PRICE] if row.outcome == NUMBER else _costs(row, figures)),
        "## What can go wrong",
        bullets(words["wrong"]),
        "## How to ask for it",
        *_asking(row),
        "## Settings",
        parameters(kind),
        "## Its name elsewhere",
        _elsewhere(words),
        *_papers(kind),
    ]


def _facts(row: MitigationRow, kind: Any) -> list[tuple[str, str]]:
    takes = inspect.signature(kind).parameters
    holds = "one that you name: equalized odds (the default) or demographic parity"
    learner = "regressor" if row.outcome == NUMBER else "classifier"
    model = f"any {learner} of scikit-learn's kind" if "estimator" in takes else "a network of its own"
    return [
        ("When it acts", "it does not" if row is BASELINE else STAGES[row.stage]),
        ("Knows the group", _knows(row)),
        (
            "Which gap it closes",
            holds if "constraint" in takes else "",
        ),
        ("Which model", model),
        ("Time", "" if row is BASELINE else f"about {row.effort:g} times that of the model alone"),
        ("Needs", '`pip install "biasaudit[torch]"`' if row.torch else ""),
        ("Source", cell(row.source)),
    ]


def _who(row: MitigationRow) -> str:
    if row is BASELINE:
        return (
            "Nobody. That does not make it blind: columns that go with the group tell the model what it was not told, "
            "and the audit still has to know the group to see a gap."
        )
    training = "**In training: yes.** The group of every row has to be at hand, and the law has to allow that, too."
    if not row.needs_group:
        return f"{training}\n\n**At the decision: no.** Nobody has to say who they are to be decided about. See {LAW}."
    return (
        f"{training}\n\n**At the decision: yes.** Whoever decides has to know the group of the person before them, "
        "and two people who are alike in everything else may be decided about differently because of it. Law may "
        f"forbid exactly this, and people may not want to say: see {LAW}. A group that was not there in training is "
        "decided about without regard to groups."
    )


def _costs(row: MitigationRow, figures: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    rows = []
    for data, name in DATA.items():
        for label in dict.fromkeys([BASELINE.label, row.label]):
            rows.append([name, label, *(figures[data][label][column] for column in SHOWN)])
    sentences = " ".join(_price(row, data, figures[data]) for data in DATA)
    note = (
        "Intervals are of 95 % and hold the trained models for given; a gap is 0 and a ratio 1 where all groups are "
        "treated alike. All mitigations, and how this was measured: [measured](../../../measured/mitigations.md)."
    )
    return [sentences, table(["Data", "", *SHOWN], rows, numbers=len(SHOWN)), note]


def _price(row: MitigationRow, data: str, figures: dict[str, dict[str, str]]) -> str:
    before, after = figures[BASELINE.label], figures[row.label]
    (acc, gap), (acc_after, gap_after) = (
        [_estimate(line[column]) for column in ("Accuracy", "Equalized odds gap")] for line in (before, after)
    )
    where = f"On {DATA[data]}, "
    if row is BASELINE:
        return f"{where}it decides with an accuracy of {acc} and an equalized odds gap of {gap}."
    return f"{where}accuracy goes from {acc} to {acc_after}, the equalized odds gap from {gap} to {gap_after}."


def _asking(row: MitigationRow) -> list[str]:
    asked = "[]" if row is BASELINE else f'["{row.name}"]'
    rows = "1_000" if row.effort < SLOW else "400"
    of_numbers = row.outcome == NUMBER
    made = f"make_wages({rows})" if of_numbers else f"make_hiring({rows}, label_bias=0.4)"
    label, name = ("wage", "wages") if of_numbers else ("hired", "hiring")
    compared = f"""
import biasaudit as ba

data = ba.datasets.{made}
found = ba.mitigation.compare(
    data, {asked}, folds=2, n_jobs=1, progress=False
)
found  # what it mends and costs, each with its interval, and who gains and loses
"""
    known = ', sensitive_features=data.frame["sex"]' if row.needs_group else ""
    fitted = f"""
from biasaudit.mitigation import make_mitigation

X, y = data.frame[list(data.features)], data.frame["{label}"]
model = make_mitigation("{row.name}", random_state=0)
model.fit(X, y, sensitive_features=data.frame["sex"])
decisions = model.predict(X{known})
"""
    shown = "" if row is BASELINE else f" --mitigation {row.name}"
    say = "It needs the group again to decide:" if row.needs_group else "It decides without the group:"
    blocks = [fence("python", compared)]
    if row is not BASELINE:
        blocks.append(fence("text", f"biasaudit compare {name}{shown} --folds 2"))
    return [*blocks, f"By itself it is an estimator of scikit-learn's kind. {say}", fence("python", fitted)]


def _elsewhere(words: dict[str, Any]) -> str:
    rows = []
    for tool, key in (("fairlearn", "fairlearn"), ("AIF360", "aif360")):
        name = words.get(key)
        rows.append([tool, f"`{name}`" if name else "nothing of the kind that we know", words.get(f"{key}_note", "")])
    return table(["Tool", "Name", ""], rows)


def _papers(kind: Any) -> list[str]:
    papers = references(kind)
    return ["## Source", *papers] if papers else []
