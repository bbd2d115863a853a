"""Clarify's metrics, against what its open library prints, by hand, and against the same figures of an audit."""

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.clarify.metrics import CLARIFY_METRICS

# People by group, stratum, label and prediction, and what smclarify 0.5 (the open library behind SageMaker Clarify,
# from PyPI, 2026-12-01) printed of them with facet B.
CELLS = {
    ("A", "x"): (29, 13, 11, 46),
    ("A", "y"): (33, 11, 7, 36),
    ("A", "z"): (19, 7, 11, 32),
    ("B", "x"): (19, 8, 6, 13),
    ("B", "y"): (27, 5, 5, 12),
    ("B", "z"): (23, 4, 7, 16),
}
PRINTED = {
    "CI": 0.275,
    "DPL": 0.1538877620013523,
    "KL": 0.047956095510409386,
    "JS": 0.01190058594647829,
    "LP": 0.21763016010555541,
    "TVD": 0.15388776200135226,
    "KS": 0.1538877620013523,
    "CDDL": 0.14592974883980778,
    "DPPL": 0.1686274509803921,
    "DI": 0.703448275862069,
    "DCAcc": -0.03103448275862064,
    "DCR": -0.02967607105538128,
    "SD": 0.07911129568106312,
    "RD": 0.10228754296550902,
    "DAR": 0.07931034482758625,
    "DRR": 0.05673981191222577,
    "AD": 0.006085192697768749,
    "TE": 0.12333965844402284,
    "CDDPL": 0.15296798040706938,
    "GE": 0.11815535973034995,
}
# Grades of the same people, with its distances.
GRADES = {"A": {"high": 162, "low": 47, "mid": 46}, "B": {"high": 31, "low": 15, "mid": 99}}
OF_GRADES = {
    "KL": 0.5582358762501036,
    "JS": 0.13837327624771173,
    "LP": 0.6607377618178909,
    "TVD": 0.5023664638269101,
    "KS": 0.5023664638269101,
}


def people():
    rows = [
        (group, stratum, at // 2, at % 2, n)
        for (group, stratum), counts in CELLS.items()
        for at, n in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=["g", "s", "y", "p", "n"])


ASKED = {"sensitive_features": "g", "y_true": "y", "y_pred": "p", "count": "n"}


def of_group(table, level):
    return table[table["group"].map(lambda group: level in group.values())].set_index("name")


def test_values_are_those_of_the_open_library():
    audit = ba.audit_predictions(people(), **ASKED, control_features="s")
    found = of_group(ba.clarify_metrics(audit), "B")
    assert list(found.index) == [row.name for row in CLARIFY_METRICS]
    assert found["value"].drop("FT").to_dict() == pytest.approx(PRINTED, abs=1e-12)
    assert found.loc["FT", "reason"] == "needs features: biasaudit.flip_test"
    assert set(found["reason"].drop("FT")) == {""}


def test_classes_have_their_distances_and_one_class_the_rest():
    rows = [(group, grade, n) for group, grades in GRADES.items() for grade, n in grades.items()]
    frame = pd.DataFrame(rows, columns=["g", "grade", "n"])
    table = ba.count(frame, sensitive_features="g", y_true="grade", count="n")
    found = of_group(ba.clarify_metrics(table), "B")
    assert found.loc[list(OF_GRADES), "value"].to_dict() == pytest.approx(OF_GRADES, abs=1e-12)
    assert found.loc["DPL", "reason"] == "more than two classes: name one with pos_label"
    one = of_group(ba.clarify_metrics(table, pos_label="high"), "B")
    assert one.loc["DPL", "value"] == pytest.approx(162 / 255 - 31 / 145)
    assert one.loc["KL", "value"] == found.loc["KL", "value"]


def test_intervals_are_those_of_the_same_figures_whichever_group_comes_first():
    audit = ba.audit_predictions(people(), **ASKED)
    table = ba.clarify_metrics(audit)
    gaps = audit.disparities()
    pairs = gaps[gaps["kind"] == "pair"].set_index(["metric", "comparison"])
    for level, sign in (("B", 1), ("A", -1)):
        for _, row in of_group(table, level).query("here != ''").iterrows():
            same = pairs.loc[tuple(row["here"].lstrip("-").split(" "))]
            assert same["group"] == {"g": "B"}
            if row["here"].endswith("ratio"):
                expected = [same[name] ** sign for name in ("estimate", "low", "high")]
            else:
                turned = sign * (-1 if row["here"].startswith("-") else 1)
                expected = [turned * same[name] for name in ("estimate", "low", "high")]
            assert row["value"] == pytest.approx(expected[0])
            assert (row["low"], row["high"]) == pytest.approx(tuple(sorted(expected[1:])))


def test_everyone_else_or_a_reference_is_held_against():
    frame = pd.DataFrame({"g": [*"aab"] * 20 + ["c"] * 10, "p": [1, 0, 1] * 20 + [0] * 10})
    audit = ba.audit_predictions(frame, sensitive_features="g", y_pred="p")
    rest = of_group(ba.clarify_metrics(audit), "a")
    assert rest.loc["DPPL", "value"] == pytest.approx(20 / 30 - 20 / 40)
    assert (rest.loc["DPPL", "reference"], np.isnan(rest.loc["DPPL", "low"])) == ({}, True)
    table = ba.clarify_metrics(audit, reference={"g": "b"})
    assert {tuple(group.values()) for group in table["group"]} == {("a",), ("c",)}
    against = of_group(table, "a")
    assert against.loc["DPPL", "value"] == pytest.approx(1 - 20 / 40)
    assert against.loc["DPPL", "reference"] == {"g": "b"}
    assert against.loc["DPL", "reason"] == "no labels"
    assert against.loc["CDDPL", "reason"] == "needs strata: name control_features in the audit"


def test_what_is_undefined_says_why():
    frame = pd.DataFrame({"g": [*"ab"] * 10, "s": ["x"] * 10 + ["y"] * 10, "p": ([0, 1] + [0] * 8) + [0] * 10})
    frame["y"] = [0, 1] * 10
    audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p", control_features="s")
    found = of_group(ba.clarify_metrics(audit), "b")
    assert found.loc["DI", "reason"] == "nothing to divide by in one of the two"
    assert found.loc["KL", "reason"] == "infinite: the group never has a label that the others have"
    assert found.loc[["DI", "KL"], "value"].isna().all()
    assert found.loc["CDDPL", "reason"] == "without 1 strata in which everyone has the same outcome"
    # In x alone: 4 of 9 who are turned down are of b, and the one who is selected.
    assert found.loc["CDDPL", "value"] == pytest.approx(4 / 9 - 1)


def test_published_counts_and_saved_tables_have_the_names_too(tmp_path):
    published = pd.DataFrame({"sex": ["F", "M"], "hired": [20, 60], "applied": [80, 120]})
    table = ba.count(published, sensitive_features="sex", selected="hired", of="applied")
    table.save(tmp_path / "table.duckdb")
    found = of_group(ba.clarify_metrics(ba.Crosstab.load(tmp_path / "table.duckdb")), "F")
    assert found.loc[["CI", "DPPL", "DI"], "value"].tolist() == pytest.approx([0.2, 0.25, 0.5])


def test_wrong_input_is_told():
    audit = ba.audit_predictions(people(), **ASKED)
    with pytest.raises(ba.AuditError, match=r"^clarify_metrics takes an audit of a yes or no, or .* not a DataFrame\."):
        ba.clarify_metrics(people())
    with pytest.raises(ba.AuditError, match=r'reference.*"?C"?'):
        ba.clarify_metrics(audit, reference={"g": "C"})


def lookalikes(n):
    k = np.arange(n)
    frame = pd.DataFrame({"g": np.where(k % 3 == 0, "B", "A"), "f1": np.sin(1.7 * k), "f2": 2 * np.cos(2.3 * k + 1)})
    return frame.assign(p=(frame["f1"] + 0.3 * frame["f2"] + 0.4 * (frame["g"] == "A") > 0.2).astype(int))


@pytest.mark.parametrize(("n", "of_b", "of_a"), [(80, -0.14814814814814814, 0.1320754716981132), (14, -0.2, 1 / 9)])
def test_the_flip_test_is_that_of_the_open_library_with_the_sign_of_the_documentation(n, of_b, of_a):
    found = ba.flip_test(lookalikes(n), sensitive_features="g", features=["f1", "f2"], y_pred="p")
    values = {row["group"]["g"]: row["value"] for _, row in found.iterrows()}
    assert values == pytest.approx({"A": -of_a, "B": -of_b})
    assert found["neighbours"].tolist() == ([5, 5] if n == 80 else [1, 1])


def test_the_flip_test_says_what_it_needs(tmp_path):
    frame = lookalikes(14)
    asked = {"sensitive_features": "g", "features": "f1", "y_pred": "p"}
    frame.to_csv(tmp_path / "people.csv", index=False)
    expected = ba.flip_test(frame, **asked)
    pd.testing.assert_frame_equal(ba.flip_test(tmp_path / "people.csv", **asked), expected)
    for changed, sentence in (
        ({"features": None}, "features is missing. The flip test asks who is alike"),
        ({"features": "g2"}, 'features="g2" holds no numbers, and people are alike in numbers here.'),
        ({"features": "f3"}, 'features="f3" is missing or infinite in 1 rows. Fill it in'),
        ({"sensitive_features": ["g", "g2"]}, "The flip test splits people by one sensitive feature, not by 2."),
        ({"y_pred": "g2"}, 'y_pred="g2" holds 2 values, and which one is positive is not plain. Say so with pos_label'),
        ({"sensitive_features": "one"}, "All rows are in one group."),
    ):
        table = frame.assign(g2=["u", "v"] * 7, f3=frame["f1"].where(frame.index > 0), one="x")
        with pytest.raises(ba.AuditError) as caught:
            ba.flip_test(table, **asked | changed)
        assert str(caught.value).startswith(sentence)
