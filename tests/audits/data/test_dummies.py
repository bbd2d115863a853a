"""The dummies of one column are told as one line; columns that only share how their names begin are not dummies."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from data_audits import part, told

import biasaudit as ba
from biasaudit.audits.data import _dummies as dummies
from biasaudit.audits.data._dummies import dummies_of, named_together, others_alike, rows_together
from biasaudit.reporting.words.text import percent

ROWS = 4_000
JOBS = ("clerk", "driver", "nurse", "smith", "cook")


def people(seed=0, rows=ROWS):
    """Jobs that tell the sexes apart, and columns that have nothing to do with it."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["man", "woman"], rows)
    odds = np.where(sex[:, None] == "woman", [0.25, 0.03, 0.5, 0.02, 0.2], [0.15, 0.35, 0.05, 0.35, 0.1])
    job = np.array(JOBS)[(rng.random((rows, 1)) > odds.cumsum(axis=1)).sum(axis=1).clip(0, 4)]
    return pd.DataFrame(
        {
            "sex": sex,
            "job": job,
            "town": rng.choice(["a", "b", "c"], rows),
            "age": rng.integers(20, 60, rows),
            "hired": rng.integers(0, 2, rows),
        }
    )


def flags(names, shares, seed=0, rows=ROWS):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: (rng.random(rows) < p).astype(int) for name, p in zip(names, shares, strict=True)})


def found(frame):
    """Read dummies off a table as an audit does."""
    audited = ba.audit_dataset(
        frame.assign(g=np.arange(len(frame)) % 2, y=np.arange(len(frame)) // 2 % 2), label="y", sensitive_features="g"
    )
    return dict(next(row["sources"] for row in part(audited, "proxies").rows if row["parts"]))


@pytest.mark.parametrize("how", [{}, {"dtype": int}, {"prefix_sep": "="}, {"drop_first": True}, {"dtype": float}])
def test_what_pandas_encodes_is_one_column(how):
    frame = pd.get_dummies(people()[["job", "town", "age"]], **how)
    jobs = [name for name in frame if name.startswith("job")]
    towns = [name for name in frame if name.startswith("town")]
    assert found(frame) == dict.fromkeys(jobs, "job") | dict.fromkeys(towns, "town")


def test_blanks_in_names_of_columns_and_levels():
    frame = people()[["job", "town"]].rename(columns={"job": "main_job"})
    frame["main_job"] = frame["main_job"].replace({"clerk": "at_sea_deck", "cook": "at_sea_galley"})
    encoded = pd.get_dummies(frame).add_prefix("x_")
    sources = found(encoded)
    assert {name for name, of in sources.items() if of == "x_main_job"} == {
        name for name in encoded if name.startswith("x_main_job")
    }
    assert {of for name, of in sources.items() if "town" in name} == {"x_town"}


def test_flags_that_share_a_beginning_are_no_dummies():
    assert found(flags(["has_car", "has_dog", "has_debt"], [0.4, 0.3, 0.2])) == {}


def test_rare_flags_that_happen_not_to_meet_are_no_dummies():
    frame = flags(["has_gout", "has_mumps", "has_polio"], [0.002, 0.003, 0.002], seed=4)
    assert (frame.sum(axis=1) <= 1).all(), "they never meet"
    assert found(frame.assign(age=people()["age"])) == {}


def test_names_alone_and_data_alone_are_not_enough():
    frame = pd.get_dummies(people()["job"], dtype=int)
    assert found(frame.set_axis(list("abcde"), axis=1)) == {}
    codes = pd.get_dummies(people()["job"], prefix="job", dtype=int) + 1
    assert found(codes) == {}
    # One that is out of line: nobody knows what the others are.
    jobs = pd.get_dummies(people()["job"], prefix="job", dtype=int)
    assert found(jobs.assign(job_shift=flags(["shift"], [0.5])["shift"])) == {}


def test_missing_rows_are_in_no_level():
    frame = pd.get_dummies(people()["job"], prefix="job", dtype=float)
    frame.loc[::7] = np.nan
    assert set(found(frame).values()) == {"job"}


def test_a_proxy_is_one_line_that_names_the_column_and_the_strongest():
    frame = people()
    encoded = pd.get_dummies(frame, columns=["job", "town"])
    audited = [ba.audit_dataset(f, label="hired", sensitive_features="sex") for f in (frame, encoded)]
    plain, said = (told(audit, "proxies")[0][1] for audit in audited)
    assert "Most of it comes from job 9" in plain
    assert "Most of it comes from job " in said
    assert "(above all job_" in said
    # Once for what is strongest, and for no other.
    assert said.count("job_") == 1
    rows = next(row for row in part(audited[1], "proxies").rows if row["parts"])
    jobs = {name: share for share, _, name in rows["parts"] if name.startswith("job")}
    assert f"job {percent(sum(jobs.values()))} (above all {max(jobs, key=jobs.get)})" in said
    # The table has every column.
    assert set(jobs) <= set(audited[1].part("proxies")["column"])


def test_one_dummy_that_is_nearly_the_feature_is_told_once():
    frame = people()
    frame["mark"] = np.where(np.random.default_rng(8).random(ROWS) < 0.98, frame["sex"], "other")
    encoded = pd.get_dummies(frame, columns=["mark"])
    (sentence,) = (s for _, s in told(ba.audit_dataset(encoded, label="hired", sensitive_features="sex"), "proxies"))
    assert sentence.count("AUC alone") == 1
    assert "by itself is nearly sex" in sentence


def test_artefacts_of_dummies_are_one_line():
    frame = people()
    frame["month"] = np.resize(["jan", "feb", "mar", "apr", "may"], ROWS)
    frame.loc[frame["month"].isin(["jan", "feb"]), "hired"] = 0
    encoded = pd.get_dummies(frame, columns=["month"], dtype=int)
    audit = ba.audit_dataset(encoded, label="hired", sensitive_features="sex")
    shown = [row["column"] for row in part(audit, "artefacts").rows if row["verdict"] == "shown"]
    assert {"month_jan", "month_feb"} <= set(shown)
    (sentence,) = (said for verdict, said in told(audit, "artefacts") if verdict == "shown" and "month" in said)
    assert sentence.endswith(" The same is so of 1 other column of month: month_feb.") or sentence.endswith(
        " The same is so of 1 other column of month: month_jan."
    )
    assert "month (2 columns)" in audit.report().headline


def test_what_cannot_be_held_equal_is_one_name():
    frame = people()
    frame["hired"] = (np.random.default_rng(2).random(ROWS) < 0.1 + 0.2 * frame["job"].map(JOBS.index)).astype(int)
    audit = ba.audit_dataset(
        pd.get_dummies(frame, columns=["job", "town"], dtype=int),
        label="hired",
        sensitive_features="sex",
        strata=["job_cook"],
    )
    row = next(row for row in part(audit, "equal_features").rows if row.get("left_out"))
    several = [name for name in row["left_out"] if name.startswith("job_")]
    assert len(several) > 1
    said = " ".join(part(audit, "equal_features").sentences)
    assert f"job ({len(several)} columns)" in said
    assert not any(name in said for name in several)


def test_reversals_and_single_values_of_dummies_are_one_line():
    base = {"group": {"sex": "a"}, "reference": {"sex": "b"}}
    rows = [base | {"column": name, "source": of} for name, of in (("d_1", "d"), ("d_2", "d"), ("x", "x"))]
    first, other = rows_together([*rows, base | {"column": "d_3", "source": "d"}], "group", "reference")
    assert (first["column"], first["alike"], other["alike"]) == ("d_1", ["d_2", "d_3"], [])
    assert others_alike(first) == " The same is so of 2 other columns of d: d_2, d_3."
    assert others_alike(other) == ""
    frame = people()
    frame.loc[frame["sex"] == "woman", "town"] = "a"
    encoded = pd.get_dummies(frame, columns=["town"], dtype=int)
    audit = ba.audit_dataset(encoded, label="hired", sensitive_features="sex", reference={"sex": "man"})
    said = [s for _, s in told(audit, "missing") if "for everybody" in s]
    assert len(said) == 2, "town_a is 1 for all women, the others 0"
    assert " The same is so of 1 other column of town: town_" in " ".join(said)


def test_names_that_are_told_together():
    sources = {"job_a": "job", "job_b": "job", "town_x": "town"}
    assert named_together(["age", "job_a", "town_x", "job_b"], sources) == ["age", "job (2 columns)", "town_x"]


def test_columns_of_many_values_are_not_read():
    counts = [SimpleNamespace(name="a_b", levels=("1", "2")), SimpleNamespace(name="a_c", levels=("0", "1"))]
    assert dummies_of(counts, None, 0) == {}


def test_a_wide_table_is_read_in_part_wherever_its_rows_stand(monkeypatch):
    frame = people().sort_values("job")
    monkeypatch.setattr(dummies, "MOST_CELLS", 5 * 500)
    assert set(found(pd.get_dummies(frame["job"], prefix="job")).values()) == {"job"}


def test_nothing_is_told_of_dummies_where_there_are_none():
    audit = ba.audit_dataset(people(), label="hired", sensitive_features="sex")
    said = [*(one.sentence for one in audit.findings()), *(s for p in audit.parts for s in p.sentences)]
    assert not any("above all" in one or "other column of" in one or "columns)" in one for one in said)
