"""The audit of a CV sorter with sorters whose bias is known; the real one is tried in the tests of models."""

import numpy as np
import pytest
from scipy import stats

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.inference.testing.two_way import two_way
from biasaudit.models.cv_texts import Job, load_jobs, load_names
from biasaudit.reporting.formats.intersections import crossed_tables

NAMES = load_names()
GROUP = {name: group for group, names in NAMES.items() for name in names}


def sorter_with(gap, noise=0.02):
    """Take `gap` from Black names where the job is in `gap`, else nothing; all else is noise that stays the same."""

    def sorter(description):
        def score(texts):
            out = []
            for text in texts:
                name = text.split("\n")[0].removeprefix("CV of ")
                rng = np.random.default_rng([ord(letter) for letter in text + description])
                lost = gap.get(description, 0.0) if GROUP[name].startswith("Black") else 0.0
                out.append(0.4 + 0.001 * (len(text) - len(name)) + noise * rng.normal() - lost)
            return out

        return score

    return sorter


JOBS = load_jobs()[:3]


def test_a_job_that_marks_people_down_is_found_and_the_others_are_not():
    audit = ba.audit_cv(sorter_with({JOBS[1].description: 0.1}), jobs=JOBS)
    shown = [f for f in audit.findings() if f.verdict == "shown"]
    assert {f.group["job"] for f in shown if "job" in f.group} == {JOBS[1].title}
    assert {f.group["name"].split()[0] for f in shown} | {f.reference["name"].split()[0] for f in shown} == {
        "white",
        "Black",
    }
    assert JOBS[1].title in audit.report().headline


def test_each_job_and_all_together_by_group():
    audit = ba.audit_cv(sorter_with({}), jobs=["line cook", "electrician"])
    rates = audit.rates()
    assert set(rates["metric"]) == {"mean_score", "top_quartile_share"}
    assert len(rates) == 2 * (1 + 4 + 2 * 4)
    assert rates["denominator"].max() == 2 * 8 * 36
    table = audit.disparities()
    assert set(table["sensitive_features"]) == {("name",), ("job", "name")}
    assert all(r["name"] == "white man" for r in table[table["kind"] == "pair"]["reference"])
    assert not (table["verdict"] == "shown").any()


def test_all_together_is_the_mean_over_jobs_with_a_job_as_cluster():
    audit = ba.audit_cv(sorter_with({}), jobs=JOBS)
    grids = np.array([grid.scores for grid in audit.grids])
    together = audit.rates().query("metric == 'mean_score'")
    found = [e for g, e in zip(together["group"], together["estimate"], strict=True) if set(g) == {"name"}]
    assert found == pytest.approx([grids[:, :, 9 * i : 9 * i + 9].mean() for i in range(4)])
    # Black women against white men: a paired comparison of three jobs can hardly be sure.
    weights = np.repeat([0, -1 / 9, 1 / 9, 0], 9)[None]
    known = two_way(grids.reshape(24, 36), np.repeat(np.arange(4), 9), weights, np.repeat(np.arange(3), 8))
    table = audit.disparities("mean_score").query("kind == 'pair'")
    got = table[[g == {"name": "Black woman"} for g in table["group"]]].iloc[0]
    half = stats.t.ppf(0.975, known.df[0]) * known.error[0]
    assert known.df[0] == 2
    assert got["high"] - got["low"] == pytest.approx(2 * half)


def test_own_names_and_own_jobs():
    job = Job("tester", "Tests things", ("CV of {name}\nTested much", "CV of {name}\nTested little"))
    names = {"white": [*NAMES["white woman"], *NAMES["white man"]], "Black": list(NAMES["Black man"])}
    audit = ba.audit_cv(sorter_with({"Tests things": 0.2}, noise=0.001), jobs=[job, JOBS[0]], names=names)
    assert audit.reference == "white"
    assert audit.findings()[0].verdict == "shown"


def test_the_table_for_the_terminal():
    audit = ba.audit_cv(sorter_with({JOBS[1].description: 0.1}), jobs=JOBS)
    lines = crossed_tables(audit.report()).splitlines()
    assert lines[0] == "Mean score by job and name"
    assert lines[1].split()[:3] == ["job", "white", "woman"]
    assert [line.split("  ")[1] for line in lines[2:5]] == [job.title for job in JOBS]
    assert lines[3].endswith("✗ Gap shown")
    assert "points" in lines[8]
    one = ba.audit_pairs(lambda ts: [len(t) for t in ts], ["{name} a", "{name} bc"], swap={"name": NAMES})
    assert crossed_tables(one.report()) == ""


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        (["line cok"], '"line cok" is not a job of this audit. Did you mean "line cook"? Jobs: account executive, '),
        ([], "jobs is empty or names a job twice. Give each job once."),
        (["line cook", "line cook"], "jobs is empty or names a job twice. Give each job once."),
    ],
)
def test_jobs_that_cannot_be(jobs, message):
    with pytest.raises(AuditError) as caught:
        ba.audit_cv(sorter_with({}), jobs=jobs)
    assert str(caught.value).startswith(message)


def test_a_job_in_which_nobody_gets_a_score_is_no_job_of_decisions():
    other = sorter_with({})
    audit = ba.audit_cv(
        lambda job: (lambda ts: [0.0] * len(ts)) if job == JOBS[0].description else other(job), jobs=JOBS
    )
    assert set(audit.rates()["metric"]) == {"mean_score", "top_quartile_share"}
    alone = ba.audit_cv(lambda job: lambda ts: [0.0] * len(ts), jobs=JOBS)
    assert set(alone.rates()["metric"]) == {"selection_rate"}
