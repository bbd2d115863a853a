"""Compare every mitigation on COMPAS and Adult: make mitigations, which writes docs/measured/mitigations.md."""

import sys
from pathlib import Path

import biasaudit as ba

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part


def compare(title, dataset, feature):
    """Write the table of a comparison, with its title."""
    text = ba.mitigation.compare(dataset, sensitive_features=feature).to_markdown()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    print(f"{title}, {len(dataset.frame):,} rows, logistic regression, 5 folds:\n\n" + "\n".join(rows))


def main():
    with measured_part("mitigations", "compas", command="make mitigations"):
        compare("COMPAS, by race", ba.datasets.load_compas(), "race")
    with measured_part("mitigations", "adult", command="make mitigations"):
        compare("Adult, by sex", ba.datasets.load_adult(), "sex")


if __name__ == "__main__":
    main()
