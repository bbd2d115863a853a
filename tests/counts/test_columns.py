"""What a column must be, and the whole sentence that says so."""

import pandas as pd
import pytest

from biasaudit import AuditError, count


def refused(frame, **arguments):
    with pytest.raises(AuditError) as caught:
        count(frame, **arguments)
    return str(caught.value)


def frame(rows=4, **columns):
    return pd.DataFrame({"g": (["a", "b"] * rows)[:rows]} | columns)


def test_no_sensitive_feature():
    assert refused(frame(), sensitive_features=[]) == (
        "sensitive_features is missing. Name at least one column that says who belongs to which group."
    )


@pytest.mark.parametrize(("columns", "more"), [(11, ""), (12, " and 1 more")])
def test_missing_column(columns, more):
    table = frame(2, **{f"c{i:02}": [0, 1] for i in range(columns)})
    shown = ", ".join(["g", *(f"c{i:02}" for i in range(11))])
    assert refused(table, sensitive_features=["zzz"]) == (
        f'sensitive_features="zzz" is not a column. Columns: {shown}{more}.'
    )


@pytest.mark.parametrize("values", [[[1], [2]], [b"x", b"y"]])
def test_nested_and_binary_features(values):
    import duckdb

    kind = "INTEGER[]" if isinstance(values[0], list) else "BLOB"
    relation = duckdb.connect().sql(f"SELECT * FROM (VALUES (NULL::{kind}, 1), (NULL::{kind}, 0)) t(g, p)")
    found = refused(relation, sensitive_features=["g"], y_pred="p")
    held = "lists, dicts or other values with parts" if isinstance(values[0], list) else "bytes"
    assert found == (
        f'sensitive_features="g" holds {held}, which rows cannot be counted by. Make it a column of text or numbers.'
    )


def test_labels_of_a_thousand_values_are_no_classes():
    def table(values):
        return frame(values, y=[f"k{i}" for i in range(values)])

    assert refused(table(1_001), sensitive_features=["g"], y_true="y") == (
        'y_true="y" has at least 1,001 different values, so it holds no classes. '
        "Name the column of labels; a column of scores goes to score=."
    )
    assert refused(table(1_000), sensitive_features=["g"], y_true="y") == (
        "The labels hold 1,000 classes; at most 100 can be audited."
    )


def test_a_thousand_groups_are_the_most():
    def table(values):
        return pd.DataFrame({"g": [f"k{i}" for i in range(values)]})

    assert count(table(1_000), sensitive_features=["g"]).shape_size == 1_000
    assert refused(table(1_001), sensitive_features=["g"]) == (
        'Sensitive feature "g" has at least 1,001 different values: an id, or a number to bin. '
        "Name a column with at most 1,000 groups."
    )
