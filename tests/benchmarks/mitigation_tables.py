"""Compare every mitigation on COMPAS and Adult, and put the tables into the README: make mitigations."""

import re
from pathlib import Path

import biasaudit as ba

README = Path(__file__).parents[2] / "README.md"
TABLES = {
    "compas": ("COMPAS, by race", ba.datasets.load_compas, "race"),
    "adult": ("Adult, by sex", ba.datasets.load_adult, "sex"),
}


def table(title, load, feature):
    """Return the Markdown table of a comparison, with its title and notes."""
    dataset = load()
    text = ba.mitigation.compare(dataset, sensitive_features=feature).to_markdown()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return f"{title}, {len(dataset.frame):,} rows, logistic regression, 5 folds:\n\n" + "\n".join(rows)


def main():
    """Replace what stands between the marks of each table."""
    text = README.read_text(encoding="utf-8")
    for name, arguments in TABLES.items():
        marks = [f"<!-- {name}: {end} -->" for end in ("begin", "end")]
        made = "\n\n".join([marks[0], table(*arguments), marks[1]])
        text, found = re.subn(f"{marks[0]}.*{marks[1]}", lambda _, made=made: made, text, flags=re.DOTALL)
        assert found == 1, name
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
