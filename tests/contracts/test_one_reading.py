"""One reading of values: which value is positive, what a group is called, and in which order groups come."""

import functools
import itertools
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import biasaudit as ba
from biasaudit.integrations.scoring import make_disparity_scorer
from biasaudit.mitigation.postprocessing import ThresholdOptimizer
from biasaudit.mitigation.preprocessing import Reweighing
from biasaudit.monitoring import Store
from biasaudit.policy.reading import loads
from every_engine import on_engine
from spreadsheets import sheet

PAIRS = {
    "yes/no": ("no", "yes"),
    "YES/NO": ("NO", "YES"),
    "1/0": (0, 1),
    "bool": (False, True),
    "True/False": ("False", "True"),
    "1/-1": (-1, 1),
    "t/f": ("f", "t"),
}
Y = [1, 0, 0, 1, 1, 0, 1, 1] * 25
P = [1, 0, 1, 1, 0, 0, 1, 1] * 25
GATE = """
name = "Gate"

[[rules]]
metric = "selection_rate"
comparison = "rate"
min = 0.35
"""


def written(y, p):
    """Write one table with two pairs of values."""
    return pd.DataFrame({"g": list("ab") * 100, "y": [PAIRS[y][v] for v in Y], "p": [PAIRS[p][v] for v in P]})


def rates(audit):
    table = audit.rates()
    return {(m, *g.values()): e for m, g, e in zip(table["metric"], table["group"], table["estimate"], strict=True)}


@functools.cache
def expected(positive):
    """The rates of the same table written 0 and 1, the positive value as 1."""
    y, p = ([v if positive else 1 - v for v in values] for values in (Y, P))
    frame = pd.DataFrame({"g": list("ab") * 100, "y": y, "p": p})
    return rates(ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p"))


@pytest.mark.parametrize("positive", [0, 1])
@pytest.mark.parametrize(("y", "p"), [*itertools.product(PAIRS, PAIRS)])
def test_every_pair_of_ways_to_write_a_label_is_read_right(y, p, positive):
    frame, asked = written(y, p), {"sensitive_features": "g", "y_true": "y", "y_pred": "p"}
    for pos_label in (PAIRS[y][positive], PAIRS[p][positive]):
        audit = ba.audit_predictions(frame, **asked, pos_label=pos_label)
        assert rates(audit) == pytest.approx(expected(positive), nan_ok=True)
        assert audit.positive == (f"y = {ba_name(PAIRS[y][positive])}, p = {ba_name(PAIRS[p][positive])}")
        found = ba.find_subgroups(
            frame, features="g", y_true="y", y_pred="p", metric="false_positive_rate", pos_label=pos_label
        )
        assert found.subgroups()["cases"].sum() == expected_cases(positive)
    if positive:
        assert rates(ba.audit_predictions(frame, **asked)) == pytest.approx(expected(1), nan_ok=True)


def ba_name(value):
    return {True: "True", False: "False"}[value] if isinstance(value, bool) else str(value)


@functools.cache
def expected_cases(positive):
    wrong = [(y, p) for y, p in zip(Y, P, strict=True) if y != positive and p == positive]
    return len(wrong)


@pytest.mark.parametrize(("y", "p"), [*itertools.product(PAIRS, PAIRS)])
def test_a_policy_a_scorer_and_the_command_line_read_the_same(run, y, p, tmp_path):
    frame = written(y, p)
    model = type("Model", (), {"predict": lambda self, X: X["p"].to_numpy()})()
    for positive in (0, 1):
        pos_label, selected = PAIRS[y][positive], {g: expected(positive)["selection_rate", g] for g in "ab"}
        asked = {"sensitive_features": "g", "pos_label": pos_label}
        scorer = make_disparity_scorer("selection_rate", transform="group_min", **asked)
        assert scorer(model, frame, frame["y"]) == pytest.approx(min(selected.values()))
        (rule,) = ba.check(frame, loads(GATE), y_true="y", y_pred="p", **asked).rules
        assert {judged.group["g"]: judged.estimate for judged in rule.judged} == pytest.approx(selected)
    path, out = tmp_path / "t.csv", tmp_path / "out.json"
    frame.to_csv(path, index=False)
    options = ["--y-true", "y", "--y-pred", "p", "--sensitive", "g", "--pos-label", ba_name(PAIRS[y][0])]
    code, _, err = run("audit", path, *options, "--json", out)
    assert (code, err) == (0, "")
    found = {(r["metric"], *r["group"].values()): r["estimate"] for r in json.loads(out.read_text())["rates"]}
    assert {key: value for key, value in found.items() if value is not None} == pytest.approx(
        {key: value for key, value in expected(0).items() if value == value}
    )


@pytest.mark.parametrize("named", [True, "True", "true", 1, "1", np.True_, np.int64(1), 1.0])
def test_the_positive_value_of_booleans_goes_by_every_name_it_has_had(named, tmp_path):
    frame = pl.DataFrame({"g": list("ab") * 50, "p": [True, False, True, True] * 25})
    for engine in ("pandas", "csv", "parquet"):
        found = ba.audit_predictions(
            on_engine(engine, frame, tmp_path), sensitive_features="g", y_pred="p", pos_label=named
        )
        assert found.positive == "p = True"
        assert rates(found)["selection_rate",] == 0.75


def test_bins_that_a_data_set_declares_are_used():
    frame = table().to_pandas()
    data = ba.datasets.Dataset(
        "d", frame, "invited", (), ("age",), audit_arguments={"y_pred": "invited", "bins": {"age": [25, 45]}}
    )
    assert ba.audit_predictions(data).table.levels == (("under 25", "25 to 45", "45 or more"),)
    assert ba.audit_predictions(data, sensitive_features="sex").table.levels == (("F", "M"),)


def test_a_perfect_model_has_the_accuracy_of_one():
    frame = pd.DataFrame({"g": list("ab") * 50, "y": ["yes", "no", "no", "yes"] * 25, "p": [1, 0, 0, 1] * 25})
    audit = ba.audit_predictions(frame, sensitive_features="g", y_true="y", y_pred="p", pos_label="no")
    assert rates(audit)["accuracy",] == 1.0


@pytest.mark.parametrize("pos_label", [None, "good", "bad", 1, 0])
def test_a_guess_is_refused_with_both_columns_and_what_to_write(pos_label):
    frame = pd.DataFrame({"g": list("ab") * 50, "y": ["good", "bad"] * 50, "p": [1, 0] * 50})
    for call in (ba.audit_predictions, ba.count):
        with pytest.raises(ba.AuditError) as caught:
            call(frame, sensitive_features="g", y_true="y", y_pred="p", pos_label=pos_label)
        assert str(caught.value) == (
            "\"y\" holds 'bad', 'good' and \"p\" holds '0', '1', and which of these mean the same is a guess. "
            'Write "p" with the values of "y", such as \'good\' for what counts as positive.'
        )
    mended = frame.assign(p=frame["p"].map({1: "good", 0: "bad"}))
    audit = ba.audit_predictions(mended, sensitive_features="g", y_true="y", y_pred="p", pos_label="good")
    assert rates(audit)["accuracy",] == 1.0


def table():
    """One table with all that files write differently: booleans, numbers with a gap, whole numbers, texts."""
    rng = np.random.default_rng(3)
    rows = 400
    vip = rng.random(rows) < 0.4
    return pl.DataFrame(
        {
            "vip": vip.tolist(),
            "level": [None if i % 50 == 0 else float(i % 2) for i in range(rows)],
            "sex": rng.choice(["F", "M"], rows).tolist(),
            "age": rng.integers(18, 70, rows).tolist(),
            "invited": (rng.random(rows) < np.where(vip, 0.8, 0.3)).tolist(),
            "grade": np.round(rng.normal(5, 2, rows), 3).tolist(),
        }
    )


ALL = ("pandas", "polars", "polars lazy", "pyarrow", "duckdb", "spark", "csv", "parquet", "arrow")
ASKED = {"sensitive_features": ["vip", "level"], "y_pred": "invited"}


def spreadsheet(frame):
    words = [[str(v) if isinstance(v, bool) else "" if v is None else v for v in row] for row in frame.rows()]
    return ba.datasets.read_table(sheet([frame.columns, *words]), name="t.xlsx")


def told(audit):
    """JSON without its title, which names the file."""
    return "\n".join(line for line in audit.to_json().splitlines() if not line.startswith('"title"'))


@pytest.mark.parametrize("door", ["audit_predictions", "audit_dataset"])
def test_one_table_is_told_to_the_byte_whatever_holds_it(door, tmp_path):
    asked = ASKED | {"label": "invited"} if door == "audit_dataset" else ASKED
    asked = {name: value for name, value in asked.items() if door != "audit_dataset" or name != "y_pred"}
    call = getattr(ba, door)
    expected = call(table().to_pandas(), **asked)
    assert expected.table.levels == (("False", "True"), ("0", "1", "(missing)"))
    for engine in ALL:
        assert told(call(on_engine(engine, table(), tmp_path), **asked)) == told(expected), engine
    assert told(call(spreadsheet(table()), **asked)) == told(expected)
    table().to_pandas().to_csv(tmp_path / "pandas.csv", index=False)
    assert told(call(str(tmp_path / "pandas.csv"), **asked)) == told(expected)


def test_one_policy_has_one_exit_code_and_one_store_two_groups(tmp_path):
    policy = 'name = "Gate"\n[[rules]]\nmetric = "selection_rate"\ncomparison = "ratio"\nmin = 0.2\n'
    codes, levels = set(), set()
    for number, engine in enumerate(ALL):
        data = on_engine(engine, table(), tmp_path)
        for named in ("True", True, "1", 1):
            found = ba.check(data, loads(policy), **ASKED, reference={"vip": named})
            codes.add(found.exit_code)
        day = ba.count(data, **ASKED | {"sensitive_features": ["vip"]})
        Store(tmp_path / "s.duckdb").append(day, day=f"2026-01-{number + 1:02}")
    kept = Store(tmp_path / "s.duckdb").audit()
    levels |= set(kept.table.levels)
    assert len(codes) == 1
    assert levels == {("False", "True")}
    assert kept.table.n == 400 * len(ALL)


def test_levels_of_booleans_from_before_are_still_read(tmp_path):
    """A store, a table of counts and a baseline of version 1.1 call them 0 and 1."""
    new = ba.count(table(), **ASKED | {"sensitive_features": ["vip"]})
    old = ba.count(table().with_columns(vip=pl.col("vip").cast(pl.Int64)), **ASKED | {"sensitive_features": ["vip"]})
    assert old.levels == (("0", "1"),)
    for both in (old + new, new + old):
        assert both.levels == (("False", "True"),)
        assert both.n == 800
    for named in (0, "0", False, "False", "false"):
        audit = ba.audit_predictions(table(), **ASKED, reference={"vip": named})
        pairs = audit.disparities("selection_rate").query("kind == 'pair'")
        assert {"vip": "False"} in pairs["reference"].tolist()
        assert ba.audit_crosstab(old, reference={"vip": named}).table.levels == (("0", "1"),)


def test_policies_and_baselines_from_before_still_find_the_groups_of_booleans(tmp_path):
    audit = ba.audit_predictions(table(), **ASKED | {"sensitive_features": ["vip"]})
    then = audit.to_json().replace('"vip": "True"', '"vip": "1"').replace('"vip": "False"', '"vip": "0"')
    assert '"vip": "1"' in then
    (tmp_path / "then.json").write_text(then)
    rule = 'name = "Gate"\n[[rules]]\nmetric = "selection_rate"\n'
    worse = rule + 'comparison = "difference"\nnot_worse_than_baseline = true\nmargin = 0.2\n'
    assert audit.check(loads(worse), baseline=tmp_path / "then.json").outcome == "pass"
    for level in ("1", "True", "true"):
        one = rule + f'comparison = "rate"\ngroup = {{ vip = "{level}" }}\nmin = 0.5\n'
        found = audit.check(loads(one))
        assert (found.outcome, found.rules[0].judged[0].group) == ("pass", {"vip": "True"})


def test_many_numbers_are_no_groups_in_any_file(tmp_path):
    sentence = None
    for engine in ALL:
        with pytest.raises(ba.AuditError) as caught:
            ba.audit_predictions(on_engine(engine, table(), tmp_path), sensitive_features="age", y_pred="invited")
        sentence = sentence or str(caught.value)
        assert str(caught.value) == sentence
    assert sentence.startswith('Sensitive feature "age" holds numbers with at least 52 different values.')
    # The remedy works.
    bins = {"age": [25, 45]}
    audits = [
        ba.audit_predictions(
            on_engine(engine, table(), tmp_path), sensitive_features="age", y_pred="invited", bins=bins
        )
        for engine in ALL
    ]
    assert {audit.table.levels for audit in audits} == {(("under 25", "25 to 45", "45 or more"),)}


ORDERED = {
    "months": ["January", "February", "March", "April"],
    "short months": ["Jan", "Feb", "Mar", "Dec"],
    "weekdays": ["Monday", "Tuesday", "Sunday"],
    "bins": ["under 25", "25 to 45", "45 or more"],
    "numbers": ["2", "10", "100"],
}


@pytest.mark.parametrize("kind", ORDERED)
def test_groups_come_in_their_order_from_every_file(kind, tmp_path):
    levels = ORDERED[kind]
    frame = pl.DataFrame({"g": levels * 30, "p": [0, 1] * (15 * len(levels))})
    for engine in ALL:
        assert ba.count(on_engine(engine, frame, tmp_path), sensitive_features="g", y_pred="p").levels == (
            tuple(levels),
        )


def test_declared_orders_are_kept():
    p = [0, 1] * 30
    ordered = pd.Categorical(["mid", "low", "high"] * 20, ["low", "mid", "high"], ordered=True)
    cut = pd.cut(pd.Series(range(60)), [-1, 9, 19, 100])
    months = pd.PeriodIndex(["2024-02", "2023-11", "2024-10"] * 20, freq="M")
    arrow = pa.DictionaryArray.from_arrays(pa.array([1, 0, 2] * 20), pa.array(["low", "mid", "high"]), ordered=True)
    named = ("low", "mid", "high")
    for values, levels in (
        (ordered, named),
        (cut, ("(-1, 9]", "(9, 19]", "(19, 100]")),
        (months, ("2023-11", "2024-02", "2024-10")),
    ):
        frame = pd.DataFrame({"g": values, "p": p})
        assert ba.count(frame, sensitive_features="g", y_pred="p").levels == (levels,)
        found = ba.find_subgroups(frame.assign(p=[0, 1, 1, 0] * 15), outcome="p", features="g")
        assert found.levels == (levels,)
        halves = [ba.count(frame.iloc[at : at + 30], sensitive_features="g", y_pred="p") for at in (0, 30)]
        assert (halves[0] + halves[1]).levels == (levels,)
    enum = pl.DataFrame({"g": pl.Series(["mid", "low", "high"] * 20, dtype=pl.Enum(named)), "p": p})
    for frame in (enum, enum.lazy(), pa.table({"g": arrow, "p": p})):
        assert ba.count(frame, sensitive_features="g", y_pred="p").levels == (named,)


def test_one_name_written_in_two_ways_is_one_group_and_said(tmp_path):
    composed, decomposed = "Qu\u00e9bec", "Que\u0301bec"
    frame = pl.DataFrame({"g": [composed, decomposed, "Ontario", "Ontario"] * 20, "p": [0, 1] * 40})
    for engine in ALL:
        audit = ba.audit_predictions(on_engine(engine, frame, tmp_path), sensitive_features="g", y_pred="p")
        assert audit.table.levels == (("Ontario", composed),)
        assert audit.warnings[0] == (
            f'"g" writes {composed!r} in two ways that look the same (accents composed, and as marks of their own); '
            "they are one group here."
        )
    found = ba.audit_predictions(frame, sensitive_features="g", y_pred="p", reference={"g": decomposed})
    assert found.reference == {"g": composed}


def test_rows_beside_a_table_are_matched_where_that_is_sure():
    X = pd.DataFrame({"x": range(8)}, index=list("abcdefgh"))
    y = pd.Series([0, 1] * 4, index=X.index)
    groups = pd.Series(["F", "F", "M", "M"] * 2, index=X.index)
    model = type("Model", (), {"predict": lambda self, X: (X["x"] % 4 < 2).astype(int).to_numpy()})()
    scorer = make_disparity_scorer("selection_rate")
    assert scorer(model, X, y, sensitive_features=groups) == -1.0
    shuffled = groups.sample(frac=1, random_state=1)
    with pytest.warns(UserWarning, match="^sensitive_features stands in another order than the table"):
        assert scorer(model, X, y, sensitive_features=shuffled) == -1.0
    with pytest.warns(UserWarning, match="^y stands in another order than the table"):
        assert scorer(model, X, y.iloc[::-1], sensitive_features=groups) == -1.0
    assert scorer(model, X, y, sensitive_features=groups.to_numpy()) == -1.0
    for bad, sentence in (
        (groups.set_axis(range(8)), "has another index than the table: no row is 0."),
        (groups.set_axis(list("aabcdefg")), "cannot be matched to the table: the index of sensitive_features holds a"),
        (groups.iloc[:4], "has another index than the table: 4 labels for 8 rows."),
    ):
        with pytest.raises(ba.AuditError, match=rf"^sensitive_features {sentence}"):
            scorer(model, X, y, sensitive_features=bad)
        with pytest.raises(ba.AuditError, match=rf"^sensitive_features {sentence}"):
            Reweighing().fit(X, y, sensitive_features=bad)
    fitted = ThresholdOptimizer(random_state=0).fit(X, y, sensitive_features=groups)
    with pytest.warns(UserWarning, match="another order"):
        again = fitted.predict(X, sensitive_features=shuffled)
    assert again.tolist() == fitted.predict(X, sensitive_features=groups).tolist()
    repeats = X.set_axis(list("aabbccdd"))
    # An index that is the table's own matches, however often it repeats.
    Reweighing().fit(repeats, y.set_axis(repeats.index), sensitive_features=groups.set_axis(repeats.index))


def test_verified_labels_need_an_index_that_does_not_repeat():
    frame = pd.DataFrame({"g": list("ab") * 100, "y": [0, 1, 1, 0] * 50}, index=[i // 2 for i in range(200)])
    for verified in ({3: 1}, pd.Series([1], index=[3])):
        with pytest.raises(ba.AuditError) as caught:
            ba.audit_dataset(frame, label="y", sensitive_features="g", verified=verified)
        assert str(caught.value) == (
            "verified cannot be matched: the index of the table holds 0 more than once, so nobody can say which row "
            "is meant. Give the name of a column, or reset the index first."
        )
    twice = pd.Series([1, 0], index=[3, 3])
    with pytest.raises(ba.AuditError, match="the index of the verified labels holds 3 more than once"):
        ba.audit_dataset(frame.reset_index(drop=True), label="y", sensitive_features="g", verified=twice)


def test_weights_that_are_all_zero_in_a_group_are_named():
    frame = pd.DataFrame({"g": list("ab") * 50, "p": [0, 1, 1, 0] * 25, "w": [1.0, 0.0] * 50})
    rows = ba.audit_predictions(frame, sensitive_features="g", y_pred="p", sample_weight="w").rates()
    row = rows[(rows["metric"] == "selection_rate") & rows["group"].map(lambda g: g == {"g": "b"})].iloc[0]
    assert row["reason"] == "every weight is 0"
