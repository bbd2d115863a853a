"""The audit of a data set as a whole: laws that hold whatever the data, and the cause that was planted."""

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars
import pytest
from data_audits import audited, part, told
from planted_data import FEATURES, POPULATION, planted

import biasaudit as ba
from biasaudit.audits.predictions.disparity_table import disparity_table


def numbers(audit, names=None):
    """All numbers and names of the rows of each part."""
    keep = [found for found in audit.parts if names is None or found.name in names]
    return {found.name: [plain(row) for row in found.rows] for found in keep}


def plain(row):
    out = {}
    for name, value in row.items():
        if isinstance(value, dict):
            out[name] = str(value)
        elif isinstance(value, (float, int, np.floating, np.integer)):
            out[name] = pytest.approx(float(value), rel=1e-7, abs=1e-12, nan_ok=True)
        elif isinstance(value, (tuple, list, np.ndarray)):
            out[name] = tuple(plain({"": one})[""] for one in value)
        else:
            out[name] = value
    return out


ALL_BUT_PROXIES = (
    "representation",
    "equal_features",
    "reversals",
    "interplay",
    "missing",
    "artefacts",
    "label_errors",
)


@pytest.fixture(scope="module")
def frame():
    made = planted(3, rows=1_200, history=2, missing=0.1, label=0.2).drop(columns="truth")
    made["land"] = np.random.default_rng(33).choice(["a", "b", "c"], len(made), p=[0.5, 0.3, 0.2])
    return made


GIVEN = {"sensitive_features": ["sex", "land"], "reference": {"sex": "man", "land": "a"}, "population": POPULATION}


@pytest.fixture(scope="module")
def usual(frame):
    return audited(frame, **GIVEN)


def test_the_order_of_rows_changes_nothing(frame, usual):
    found = audited(frame.sample(frac=1, random_state=0), **GIVEN)
    assert numbers(found, ALL_BUT_PROXIES) == numbers(usual, ALL_BUT_PROXIES)
    # Folds are other folds: areas move a little.
    for one, other in zip(part(found, "proxies").rows, part(usual, "proxies").rows, strict=True):
        assert one["group"] == other["group"]
        assert one["comparison"] == "nothing" or one["auc"] == pytest.approx(other["auc"], abs=0.06)


def test_the_order_of_columns_changes_no_gap(frame, usual):
    found = audited(frame[frame.columns[::-1]], **GIVEN)
    names = ("representation", "equal_features", "interplay", "label_errors")
    assert numbers(found, names) == numbers(usual, names)


def test_new_names_of_groups_change_nothing_else(frame):
    # Names that sort alike, so that rows keep their order.
    renamed = frame.replace({"sex": {"man": "M", "woman": "W"}})
    before = audited(frame)
    after = audited(renamed, reference={"sex": "M"})
    for name in ("estimate", "low", "high", "p_value", "verdict"):
        for found in before.parts:
            new = [row[name] for row in part(after, found.name).rows if name in row]
            assert plain({"": tuple(new)}) == plain({"": tuple(row[name] for row in found.rows if name in row)})
    assert {str(row["group"]) for row in part(after, "equal_features").rows} == {"{'sex': 'W'}"}


ENGINES = ["polars", "polars lazy", "pyarrow", "duckdb", "csv", "parquet"]


@pytest.fixture
def engine(frame, tmp_path):
    def make(name):
        if name.startswith("polars"):
            return polars.from_pandas(frame).lazy() if name.endswith("lazy") else polars.from_pandas(frame)
        if name == "pyarrow":
            return polars.from_pandas(frame).to_arrow()
        if name == "duckdb":
            return duckdb.from_df(frame)
        path = tmp_path / f"people.{name}"
        polars.from_pandas(frame).write_csv(path) if name == "csv" else polars.from_pandas(frame).write_parquet(path)
        return path

    return make


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_tells_the_same(name, engine, usual):
    found = audited(engine(name), features=FEATURES, **GIVEN)
    assert numbers(found) == numbers(usual)
    assert [finding.sentence for finding in found.findings()] == [finding.sentence for finding in usual.findings()]
    pd.testing.assert_frame_equal(found.causes(), usual.causes())


def test_the_table_of_the_user_is_left_as_it_was(frame):
    large = pd.concat([frame] * 167, ignore_index=True)
    assert len(large) > 200_000
    before, columns = large.copy(), list(large.columns)
    audited(large, features=["degree"])
    assert list(large.columns) == columns
    pd.testing.assert_frame_equal(large, before)


def test_every_row_twice_keeps_estimates_and_halves_what_they_rest_on(frame, usual):
    found = audited(pd.concat([frame, frame]), **GIVEN)
    for name in ("representation", "interplay"):
        for one, other in zip(part(found, name).rows, part(usual, name).rows, strict=True):
            assert one["estimate"] == pytest.approx(other["estimate"], nan_ok=True)
    missing = [row for row in part(found, "missing").rows if row["what"] == "missing values"]
    for one, other in zip(missing, part(usual, "missing").rows, strict=True):
        assert one["estimate"] == pytest.approx(other["estimate"])
        assert one["high"] - one["low"] < 0.75 * (other["high"] - other["low"])
    by_strata = [
        part(audited(rows, strata="degree"), "equal_features").rows for rows in (pd.concat([frame] * 2), frame)
    ]
    for one, other in zip(*by_strata, strict=True):
        assert one["estimate"] == pytest.approx(other["estimate"])
        assert (one["high"] - one["low"]) * 2**0.5 == pytest.approx(other["high"] - other["low"])


def test_weights_of_one_change_nothing(frame, usual):
    found = audited(frame.assign(w=1.0), sample_weight="w", **GIVEN)
    assert numbers(found) == numbers(usual)
    pd.testing.assert_frame_equal(found.disparities(), usual.disparities(), rtol=1e-7)
    assert not any("weights" in text for text in found.warnings)


def test_a_cluster_of_each_row_changes_hardly_anything(frame, usual):
    found = audited(frame.assign(person=np.arange(len(frame))), cluster="person", **GIVEN)
    mine, theirs = numbers(found), numbers(usual)
    # People are dealt to folds in another order than rows, and their variance has a factor of m / (m - 1).
    moved = {"auc": 0.04, "auc_low": 0.04, "share_low": 1e-3, "share_high": 1e-3, "first_low": 1e-3, "verify": 0}
    for name in ("proxies", "representation", "interplay", "label_errors"):
        mine.pop(name), theirs.pop(name)
        rows, before = (part(audit, name).rows for audit in (found, usual))
        for key, tolerance in moved.items():
            one, other = ([row.get(key, np.nan) for row in given] for given in (rows, before))
            np.testing.assert_allclose(one, other, atol=tolerance)
    assert mine == theirs


def test_clusters_and_weights_claim_less(frame):
    plain_rows = part(audited(frame), "equal_features").rows
    clustered = audited(frame.assign(person=np.arange(len(frame)) // 4), cluster="person")
    weighted = audited(frame.assign(w=np.where(np.arange(len(frame)) % 4 > 0, 0.0, 1.0)), sample_weight="w")
    for audit in (clustered, weighted):
        (row, _), (before, _) = part(audit, "equal_features").rows, plain_rows
        assert row["high"] - row["low"] == pytest.approx(2 * (before["high"] - before["low"]), rel=0.35)
        assert audit.warnings[0] == (
            "Rows carry weights or come in clusters. Rates, gaps and shares of groups respect that; the other parts "
            "count rows as they are, and as evidence 25.0 % of them, so that they claim too little rather than too "
            "much."
        )


def test_the_seed_alone_decides():
    large = pd.concat([planted(seed, rows=8_000, proxy=0.3) for seed in range(3)], ignore_index=True)
    one, same, other = (audited(large, features=["club"], random_state=seed) for seed in (1, 1, 2))
    assert numbers(one) == numbers(same)
    assert numbers(one) != numbers(other)
    # The edges of bins come from the sample; what is found in them does not.
    for name in ALL_BUT_PROXIES:
        for row, twin in zip(part(one, name).rows, part(other, name).rows, strict=True):
            assert (row["verdict"], row.get("column")) == (twin["verdict"], twin.get("column"))
            assert plain({"": row["estimate"]}) == plain({"": twin["estimate"]})


def test_a_data_set_stands_in_for_its_columns(frame):
    data = ba.datasets.Dataset(
        name="people",
        frame=frame,
        label="hired",
        sensitive_features=("sex",),
        features=tuple(FEATURES),
        audit_arguments={"reference": {"sex": "man"}},
    )
    assert numbers(ba.audit_dataset(data)) == numbers(audited(frame))
    assert ba.audit_dataset(data).title == 'Audit of the data "people"'


def test_a_gap_that_depends_on_who_else_one_is():
    # Rivera and Tilcsik (2016): 16.2 % of higher-class men were called back, and hardly anybody else.
    audit = ba.audit_dataset(ba.datasets.load_law_resumes())
    frame = ba.datasets.load_law_resumes().frame
    rate = frame.groupby(["social_class", "gender"])["interview"].mean()
    (row,) = part(audit, "interplay").rows
    gap = {level: rate[level]["male"] - rate[level]["female"] for level in ("high", "low")}
    assert (row["first"], row["second"]) == ({"social_class": "high"}, {"social_class": "low"})
    assert (row["first_gap"], row["second_gap"]) == pytest.approx((gap["high"], gap["low"]))
    assert row["estimate"] == pytest.approx(gap["high"] - gap["low"])
    assert (round(100 * gap["high"], 1), round(100 * gap["low"], 1)) == (12.5, -5.0)
    assert 0 < row["low"] < row["estimate"] < row["high"]
    assert row["verdict"] == "shown"
    ((verdict, sentence),) = told(audit, "interplay")
    assert verdict == "shown"
    assert "the gap depends on who else one is: 12.5 points (" in sentence
    assert "a gap by gender that depends on social_class" in audit.report().headline


def test_berkeley_by_its_findings():
    audit = ba.audit_dataset(ba.datasets.load_berkeley())
    assert [(f.metric, f.verdict) for f in audit.findings()] == [
        ("base_rate", "shown"),
        ("reversals", "shown"),
        ("proxies", "shown"),
        ("equal_features", "cannot tell"),
    ]
    assert audit.findings()[0].sentence == (
        "Of 100 applicants with gender = Female, 30 were admitted; of 100 with gender = Male, 45: at least 10 fewer, "
        "at most 18. Base rate: 30.4 % (557 of 1,835) and 44.5 % (1,198 of 2,691), a gap of −14.2 points "
        "(−17.4 to −10.9)."
    )
    assert audit.report().headline == (
        "Before any model, these data show a gap in admitted by gender: of 100 applicants with gender = Female, 30 "
        "were admitted, of 100 with gender = Male, 45: at least 10 fewer, at most 18 (base rate, 95 % sure); a gap "
        "that turns round within department; columns that give gender away (positive: admitted = 1)."
    )


BIASES = {
    "representation": ({"representation": 0.15}, "representation"),
    "history": ({"history": 4}, "measured difference"),
    "unmeasured": ({"unmeasured": 0.8}, "label bias or unmeasured cause"),
    "label": ({"label": 0.3}, "label bias or unmeasured cause"),
    "proxy": ({"proxy": 0.6}, "proxies"),
    "missing": ({"missing": 0.10}, "missingness"),
    "artefact": ({"artefact": 0.08}, "artefact"),
}


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("seed", range(4))
def test_the_cause_that_was_planted_is_named_and_no_other(bias, seed):
    planted_bias, cause = BIASES[bias]
    causes = audited(planted(seed, **planted_bias), population=POPULATION).causes()
    # People whose history differs are told apart by it: the years are a proxy as well.
    expected = {cause, "proxies"} if bias == "history" else {cause}
    assert set(causes["cause"][causes["named"]]) == expected
    assert causes.set_index("cause").loc[cause, "verdict"] == "shown"


@pytest.mark.parametrize("seed", range(10, 16))
def test_where_nothing_is_planted_nothing_is_named(seed):
    causes = audited(planted(seed), population=POPULATION).causes()
    assert not causes["named"].any()
    assert list(causes.columns) == ["cause", "named", "verdict", "evidence"]
    assert len(causes) == 8


def test_a_part_by_name(usual):
    table = usual.part("equal_features")
    assert list(table.columns) == [
        "group",
        "reference",
        "what",
        "estimate",
        "odds_ratio",
        "strata",
        "p_adjusted",
        "verdict",
        "low",
        "high",
        "odds_low",
        "odds_high",
    ]
    assert table["estimate"].tolist() == [row["estimate"] for row in part(usual, "equal_features").rows]
    with pytest.raises(ba.AuditError) as error:
        usual.part("proxy")
    assert str(error.value) == (
        '"proxy" is not a part of this audit. Parts: representation, equal_features, reversals, interplay, proxies, '
        "missing, artefacts, label_errors."
    )


def test_parts_share_the_chance_of_a_false_alarm(usual):
    # Half of it is for gaps in the label; the other half is shared by the parts that test something.
    gaps, alone = usual.disparities(), disparity_table(usual._splits, usual.confidence)
    assert gaps["p_adjusted"].tolist() == pytest.approx(np.minimum(1, 2 * alone["p_adjusted"]).tolist(), nan_ok=True)
    testing = [p for p in usual.parts if any(not np.isnan(row["p_value"]) for row in p.rows)]
    assert len(testing) == 7
    for found in testing:
        tested = [row for row in found.rows if not np.isnan(row["p_value"])]
        hypotheses = {row.get("hypothesis", i): row["p_value"] for i, row in enumerate(tested)}
        first = min(tested, key=lambda row: row["p_value"])
        assert first["p_adjusted"] == pytest.approx(min(1, first["p_value"] * len(hypotheses) * 7 / 0.5))


def test_confidence_widens_every_part(frame, usual):
    wide = audited(frame, confidence=0.99, **GIVEN)
    for name in ("representation", "equal_features", "interplay", "missing", "proxies"):
        for one, other in zip(part(wide, name).rows, part(usual, name).rows, strict=True):
            if not np.isnan(one["low"]) and other["high"] > other["low"]:
                assert one["high"] - one["low"] > other["high"] - other["low"]


def test_a_narwhals_frame_is_taken_as_what_it_wraps():
    frame = planted(0)
    assert numbers(audited(nw.from_native(frame))) == numbers(audited(frame))
