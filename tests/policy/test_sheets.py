"""Tables that law or practice asks for, worked by hand and against the figures of the rules themselves."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import biasaudit as ba
from biasaudit.policy._sheets import impact_rows

# The sample table of DCWP's final rule of 6 April 2023: applicants, selected, impact ratio as printed there.
SEX = {"Male": (1390, 667, 1.00), "Female": (1181, 555, 0.979)}
RACE = {
    "Hispanic or Latino": (408, 204, 0.97),
    "White": (797, 412, 1.00),
    "Black or African American": (390, 170, 0.84),
    "Native Hawaiian or Pacific Islander": (119, 52, 0.85),
    "Asian": (616, 302, 0.95),
    "Native American or Alaska Native": (41, 18, 0.85),
    "Two or more races": (213, 96, 0.87),
}


def rows_of(found, at=0):
    return {next(iter(row["group"].values())): row for row in found.sections[at].rows}


def made(sample, feature):
    rows = [(name, int(i < selected)) for name, (n, selected, _) in sample.items() for i in range(n)]
    return pd.DataFrame(rows, columns=[feature, "selected"])


@pytest.mark.parametrize(("sample", "feature", "digits"), [(SEX, "sex", 3), (RACE, "race", 2)])
def test_local_law_144_gives_the_sample_of_the_rule(sample, feature, digits):
    found = ba.check(made(sample, feature), "local_law_144", y_pred="selected", sensitive_features=[feature])
    rows = rows_of(found)
    assert {name: (row["rows"], row["selected"], round(row["ratio"], digits)) for name, row in rows.items()} == sample
    assert (found.outcome, found.exit_code) == ("not judged", 0)
    assert "The law sets no limit for an impact ratio, 0.8 included" in " ".join(found.says)
    assert any("their intersections: this audit names one feature alone" in s for s in found.sections[0].sentences)


# The rule's third table, sex and race crossed, of men and of women: applicants and selected, which add up to its first
# table, and the quotients of their rates.
BOTH = {
    "Hispanic or Latino": ((205, 90, 0.841), (190, 82, 0.827)),
    "White": ((412, 215, 1.0), (385, 197, 0.981)),
    "Black or African American": ((226, 95, 0.806), (164, 75, 0.876)),
    "Native Hawaiian or Pacific Islander": ((87, 37, 0.815), (32, 15, 0.898)),
    "Asian": ((321, 167, 0.997), (295, 135, 0.877)),
    "Native American or Alaska Native": ((24, 11, 0.878), (17, 7, 0.789)),
    "Two or more races": ((115, 52, 0.866), (98, 44, 0.86)),
}


def published(sample, feature):
    rows = [(name, selected, n) for name, (n, selected, _) in sample.items()]
    return pd.DataFrame(rows, columns=[feature, "n_selected", "n_applicants"])


@pytest.mark.parametrize(("sample", "feature", "digits"), [(SEX, "sex", 3), (RACE, "race", 2)])
def test_local_law_144_takes_the_table_as_it_is_published(sample, feature, digits, tmp_path):
    counts = {"selected": "n_selected", "of": "n_applicants"}
    found = ba.check(published(sample, feature), "local_law_144", sensitive_features=[feature], **counts)
    expected = ba.check(made(sample, feature), "local_law_144", y_pred="selected", sensitive_features=[feature])
    assert found.sections == expected.sections
    assert {name: round(row["ratio"], digits) for name, row in rows_of(found).items()} == {
        name: ratio for name, (_, _, ratio) in sample.items()
    }
    published(sample, feature).to_csv(tmp_path / "table.csv", index=False)
    four_fifths = ba.check(tmp_path / "table.csv", "four_fifths", sensitive_features=[feature], **counts)
    assert {row["below"] for row in four_fifths.sections[0].rows} == {"no"}


def test_the_crossed_table_of_the_rule_gives_its_ratios_and_those_of_sex():
    rows = [
        (sex, race, selected, n)
        for race, groups in BOTH.items()
        for sex, (n, selected, _) in zip(("Male", "Female"), groups, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["sex", "race", "n_selected", "n_applicants"])
    columns = '[columns]\nselected = "n_selected"\nof = "n_applicants"\nsensitive_features = ["sex", "race"]\n'
    found = ba.check(frame, ba.policy.loads(f'name = "x"\n{columns}[sheet]\nname = "local_law_144"'))
    by_sex, _, both = (found.sections[at].rows for at in range(3))
    told = {row["group"]["sex"]: (row["rows"], row["selected"], round(row["ratio"], 3)) for row in by_sex}
    assert told == SEX
    ratios = {(row["group"]["race"], row["group"]["sex"]): round(row["ratio"], 3) for row in both}
    assert ratios == {
        (race, sex): ratio
        for race, groups in BOTH.items()
        for sex, (_, _, ratio) in zip(("Male", "Female"), groups, strict=True)
    }
    assert found.outcome == "not judged"


def test_an_audit_of_data_needs_rows_and_says_so():
    with pytest.raises(ba.AuditError) as caught:
        ba.check(published(SEX, "sex"), "ai_act_article_10", sensitive_features="sex", selected="n_selected", of="n")
    assert str(caught.value) == (
        'selected="n_selected" counts decisions, and this policy asks for an audit of a data set, which needs its '
        "rows. Hold the table against four_fifths or local_law_144, or give the rows."
    )


def test_local_law_144_by_hand_with_intersections_unknowns_and_small_categories():
    # Men a: 6 of 10 are hired, men b 4 of 8, women a 3 of 10, women b 2 of 8; 1 of 2 whose sex is unknown, 1 of 1 of c.
    cells = [
        ("M", "a", 6, 10),
        ("M", "b", 4, 8),
        ("F", "a", 3, 10),
        ("F", "b", 2, 8),
        (None, "a", 1, 2),
        ("F", "c", 1, 1),
    ]
    rows = [(sex, race, int(i < hired)) for sex, race, hired, n in cells for i in range(n)]
    frame = pd.DataFrame(rows, columns=["sex", "race", "hired"])
    policy = ba.policy.loads(
        'name = "x"\nsays = ["Ours."]\n[sheet]\nname = "local_law_144"\n'
        'set_apart_below = 0.03\nset_apart_reason = "One person."'
    )
    found = ba.check(frame, policy, y_pred="hired", sensitive_features=["sex", "race"])
    sex, race, both = (found.sections[at].rows for at in range(3))
    told = {row["group"]["sex"]: row for row in sex}
    assert told["M"]["rate"] == 10 / 18
    assert told["M"]["ratio"] == 1
    assert told["F"]["ratio"] == pytest.approx((6 / 19) / (10 / 18))
    assert told["(missing)"]["status"] == "unknown"
    assert np.isnan(told["(missing)"]["ratio"])
    assert "2 people are in an unknown category" in found.sections[0].sentences[0]
    told = {row["group"]["race"]: row for row in race}
    # The category of one person has the highest rate, is set apart, and is still printed with its numbers.
    assert (told["c"]["status"], told["c"]["rows"], told["c"]["selected"], told["c"]["rate"]) == (
        "set apart",
        1,
        1,
        1.0,
    )
    assert np.isnan(told["c"]["ratio"])
    assert told["a"]["ratio"] == 1
    assert told["b"]["ratio"] == pytest.approx((6 / 16) / (10 / 22))
    assert any(
        "1 categories are under 3.0 % of the rows and set apart: One person." in s for s in found.sections[1].sentences
    )
    told = {tuple(row["group"].values()): row for row in both}
    assert told["M", "a"]["ratio"] == 1
    assert told["F", "b"]["ratio"] == pytest.approx((2 / 8) / (6 / 10))
    assert told["F", "c"]["status"] == "set apart"
    assert told["(missing)", "a"]["status"] == "unknown"
    assert sum(row["rows"] for row in both) == len(frame)
    assert (found.says[0], found.says[-1]) == ("Ours.", "This is no legal advice.")
    assert not any("one feature alone" in s for section in found.sections for s in section.sentences)


@pytest.mark.parametrize("engine", ["pandas", "polars", "float32", "csv"])
def test_scoring_rates_are_above_the_median_of_all(engine, tmp_path):
    # The median of 1 to 8 with a 4 twice is 4: above it are 5, 6, 7, 8; two of four men, two of five women.
    frame = pd.DataFrame({"sex": ["M"] * 4 + ["F"] * 5, "score": [1.0, 4.0, 5.0, 7.0, 2.0, 3.0, 4.0, 6.0, 8.0]})
    if engine == "polars":
        frame = pytest.importorskip("polars").from_pandas(frame)
    if engine == "float32":
        frame = frame.assign(score=(frame["score"] / 10).astype("float32"))
    if engine == "csv":
        frame.to_csv(tmp_path / "people.csv", index=False)
        frame = tmp_path / "people.csv"
    found = ba.check(frame, "local_law_144", score="score", sensitive_features=["sex"])
    rows = rows_of(found)
    assert {name: (row["selected"], row["rows"]) for name, row in rows.items()} == {"M": (2, 4), "F": (2, 5)}
    assert rows["F"]["ratio"] == pytest.approx((2 / 5) / (2 / 4))
    assert [column.words for column in found.sections[0].columns][2:4] == ["Above the median", "Scoring rate"]


def test_nobody_is_above_a_median_that_half_reaches():
    frame = pd.DataFrame({"sex": ["M", "F"] * 3, "score": [1, 5, 5, 5, 5, 5]})
    rows = rows_of(ba.check(frame, "local_law_144", score="score", sensitive_features=["sex"]))
    assert all(row["selected"] == 0 and np.isnan(row["ratio"]) for row in rows.values())


def test_above_the_median_needs_a_score_of_numbers():
    frame = pd.DataFrame({"sex": ["M", "F"] * 3, "score": list("abcdef"), "hired": [0, 1] * 3})
    with pytest.raises(ba.AuditError, match=r'^score="score" holds text, not numbers\. Name a column of numbers\.$'):
        ba.check(frame, "local_law_144", score="score", sensitive_features=["sex"])
    with pytest.raises(ba.AuditError, match=r'^score="scor" is not a column\. Did you mean "score"\?'):
        ba.check(frame, "local_law_144", score="scor", sensitive_features=["sex"])
    policy = ba.policy.loads('name = "x"\n[columns]\nthreshold = "above median"\n[sheet]\nname = "four_fifths"')
    with pytest.raises(ba.AuditError, match=r'^threshold = "above median" needs score: name the column'):
        ba.check(frame, policy, sensitive_features=["sex"])


@pytest.mark.parametrize(
    ("name", "columns", "outcome"),
    [("compas", {}, "fail"), ("ricci", {}, "cannot tell"), ("adult", {"y_pred": "income"}, "fail")],
)
def test_four_fifths_on_real_data(name, columns, outcome):
    data = ba.datasets.load(name)
    if columns:
        own = data.audit_arguments
        found = ba.check(
            data.frame, "four_fifths", sensitive_features=["sex"], pos_label=own.get("pos_label"), **columns
        )
    else:
        found = ba.check(data, "four_fifths")
    assert found.outcome == outcome
    for section in found.sections:
        best = max(section.rows, key=lambda row: row["rate"])
        for row in section.rows:
            assert row["ratio"] == pytest.approx(row["rate"] / best["rate"])
            assert row["below"] == ("yes" if row["ratio"] < 0.8 else "no")
            if row is best:
                continue
            table = [
                [row["selected"], row["rows"] - row["selected"]],
                [best["selected"], best["rows"] - best["selected"]],
            ]
            assert row["p_value"] == pytest.approx(stats.fisher_exact(table).pvalue, abs=1e-12)
            assert row["deviations"] ** 2 == pytest.approx(stats.chi2_contingency(table, correction=False).statistic)


def test_exactly_four_fifths_passes():
    frame = pd.DataFrame(
        [(s, int(i < h)) for s, h in {"M": 50, "F": 40}.items() for i in range(100)], columns=["s", "h"]
    )
    found = ba.check(frame, "four_fifths", y_pred="h", sensitive_features=["s"])
    assert rows_of(found)["F"]["below"] == "no"
    # 4 of 7 against 5 of 7 is four fifths as well, and no binary fraction.
    frame = pd.DataFrame([(s, int(i < h)) for s, h in {"M": 5, "F": 4}.items() for i in range(7)], columns=["s", "h"])
    assert rows_of(ba.check(frame, "four_fifths", y_pred="h", sensitive_features=["s"]))["F"]["below"] == "no"


def test_weights_get_no_test_that_takes_them_for_people():
    frame = made(SEX, "sex").assign(w=1.5)
    audit = ba.audit_predictions(frame, y_pred="selected", sensitive_features="sex", sample_weight="w")
    rows = impact_rows(audit.report(), ("sex",))
    assert all(np.isnan(row["p_value"]) and np.isnan(row["deviations"]) for row in rows)
    sentences = audit.check("four_fifths").sections[0].sentences
    assert any("no test is made" in sentence for sentence in sentences)


def test_a_sheet_without_decisions_or_categories_is_refused():
    with pytest.raises(ba.AuditError) as error:
        ba.check(ba.datasets.load_adult(), "local_law_144")
    assert str(error.value) == (
        "local_law_144, line 10: the table needs decisions, and this audit has none. Name y_pred, or score with "
        "a threshold."
    )
    policy = ba.policy.loads(
        'name = "x"\n[sheet]\nname = "local_law_144"\nset_apart_below = 0.49\nset_apart_reason = "x"'
    )
    frame = pd.DataFrame({"s": list("abcd") * 5, "h": [0, 1] * 10})
    with pytest.raises(ba.AuditError, match=r"^No category is left to compare: all are unknown or set apart\."):
        ba.check(frame, policy, y_pred="h", sensitive_features=["s"])


def test_the_evidence_sheet_is_filled_by_the_data_and_left_blank_for_people():
    found = ba.check(ba.datasets.load_compas(), "ai_act_article_10")
    assert found.outcome == "not judged"
    examined, measures = found.sections
    answers = {}
    for row in examined.rows:
        answers.setdefault(row["question"], []).append((row["verdict"], row["answer"]))
    audit = ba.audit_dataset(ba.datasets.load_compas())
    artefact = next(f for f in audit.findings() if f.metric == "artefacts")
    assert (artefact.verdict, artefact.sentence) in answers["Has the collection of the data left traces in the labels?"]
    blank = [question for question, told in answers.items() if told == [("", "(to be answered by a person)")]]
    assert len(blank) == 4
    assert [row["answer"] for row in measures.rows][1:] == ["(to be answered by a person)"] * 3
    assert "no conformity assessment" in " ".join(found.says)
    text = found.to_markdown()
    assert text.count("(to be answered by a person)") == 7
    # Whole sentences, not the first sixty letters of them.
    assert "They move the base rate from 36.2 % to 45.1 %" in text
