"""Print the tables of the README: every mitigation on COMPAS and on Adult. Run it as a module; it takes minutes."""

from __future__ import annotations

from biasaudit.datasets import load
from biasaudit.mitigation.comparing import compare
from biasaudit.mitigation.figures import FIGURES
from biasaudit.mitigation.layout import markdown_table, notes
from biasaudit.reporting.markdown import escape

DATASETS = ("compas", "adult")
SHOWN = ("accuracy", "selection_ratio", "equalized_odds", "seconds")


def main() -> None:
    """Print one table of Markdown for each data set."""
    figures = [figure for figure in FIGURES if figure.name in SHOWN]
    for name in DATASETS:
        comparison = compare(load(name))
        print(f"**{name}**, by {', '.join(comparison.settings['sensitive_features'])}\n")
        print(markdown_table(comparison, figures) + "\n")
        for note in (*notes(comparison), *comparison.warnings):
            print(f"{escape(note)}\n")


if __name__ == "__main__":
    main()
