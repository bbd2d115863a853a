"""Every figure on a card comes out of the data; nothing on a card is there unchecked."""

import re

import pytest
from recounted import RECOUNT
from statsmodels.stats.weightstats import CompareMeans

import biasaudit as ba
from biasaudit import datasets
from biasaudit.datasets.shipped.loading import SHIPPED

FIGURES = [(name, figure) for name, card in datasets.list_datasets() for figure in card.published_figures]


@pytest.fixture(scope="module")
def recounted():
    return {name: dict(recount()) for name, recount in RECOUNT.items()}


@pytest.mark.parametrize(("name", "figure"), FIGURES, ids=[f"{name}: {figure.statement}" for name, figure in FIGURES])
def test_published_figure(recounted, name, figure):
    assert recounted[name][figure.statement] == figure.value


def test_compas_confusion_tables():
    data = datasets.load_compas().frame
    table = data.groupby(["race", data["two_year_recid"], data["decile_score"] >= 5]).size()
    assert table["African-American"].tolist() == [990, 805, 532, 1369]
    assert table["Caucasian"].tolist() == [1139, 349, 461, 505]


def test_compas_late_arrivals_are_all_recidivists():
    data = datasets.load_compas().frame
    late = data[data["compas_screening_date"] > "2014-04-01"]
    assert len(late) == 998
    assert late["two_year_recid"].eq(1).all()
    assert datasets.load_card("compas").known_faults[0].startswith("998 people screened after 2014-04-01")


@pytest.mark.parametrize(
    ("load", "by", "decision", "counts"),
    [
        (datasets.load_resume_audit, ["ethnicity"], lambda frame: frame["call"] == "yes", [157, 2435, 235, 2435]),
        (datasets.load_berkeley, ["gender"], lambda frame: frame["admitted"], [557, 1835, 1198, 2691]),
        (
            datasets.load_ricci,
            ["position", "race"],
            lambda frame: frame["passed"],
            [3, 8, 3, 8, 16, 25, 6, 19, 3, 15, 25, 43],
        ),
        (
            datasets.load_law_resumes,
            ["social_class", "gender"],
            lambda frame: frame["interview"],
            [3, 79, 13, 80, 5, 79, 1, 78],
        ),
    ],
)
def test_counts_behind_the_published_rates(load, by, decision, counts):
    frame = load().frame
    table = frame.assign(decided=decision(frame)).groupby(by)["decided"].agg(["sum", "size"])
    assert table.to_numpy().ravel().tolist() == counts


def test_berkeley_gap_turns_round_inside_departments():
    rates = datasets.load_berkeley().frame.groupby(["department", "gender"])["admitted"].mean().unstack()
    assert (rates["Female"] > rates["Male"]).to_dict() == {d: d in "ABDF" for d in "ABCDEF"}


def test_ricci_pass_rates_fail_four_fifths():
    rates = datasets.load_ricci().frame.groupby(["position", "race"])["passed"].mean().unstack()
    assert (rates[["Black", "Hispanic"]].div(rates["White"], axis=0) < 0.8).all(axis=None)


def test_what_the_cards_of_numbers_say_of_their_rows():
    wages, grades = datasets.load_wages().frame, datasets.load_law_school().frame
    assert wages["age"].agg(["min", "max"]).tolist() == [21, 64]
    assert ((wages["earnings"] < 3).sum(), round(wages["earnings"].max())) == (252, 72)
    assert 1 / 7 < wages.duplicated().mean() < 1 / 6
    assert ((grades["ugpa"] == 0).sum(), grades.duplicated().sum()) == (2, 893)
    assert (grades["lsat"].min(), grades["lsat"].max(), grades["ugpa"].max()) == (11, 48, 4.2)
    salaries = datasets.load_salaries().frame
    assert (salaries["sex"] == "female").sum() == 39
    assert (datasets.load_hmda().frame["payments_to_income"] == 3).sum() == 1


def test_the_gap_in_pay_is_that_of_statsmodels():
    earnings = datasets.load_wages().frame.groupby("gender")["earnings"].apply(list)
    both = CompareMeans.from_data(earnings["male"], earnings["female"])
    low, high = both.tconfint_diff(usevar="unequal")
    assert (low, high) == pytest.approx((3.59278, 3.90380), abs=1e-5)
    found = ba.audit_predictions(datasets.load_wages()).disparities("mean_outcome").query("kind == 'pair'").iloc[0]
    assert found["estimate"] == pytest.approx(-(low + high) / 2, abs=1e-6)
    # The skew of wages is taken into account: a ten-thousandth of a dollar among so many.
    assert (found["high"], found["low"]) == pytest.approx((-low, -high), abs=5e-4)


def test_adult_repeated_rows():
    frame = datasets.load_adult().frame
    assert frame.duplicated().sum() == 24
    assert sorted(frame.columns[(frame == "?").any()]) == ["native_country", "occupation", "workclass"]


@pytest.mark.parametrize("name", SHIPPED)
def test_card_describes_the_file(name):
    data = datasets.load(name)
    assert list(data.card.columns) == list(data.frame.columns)
    assert data.card.rows == len(data.frame)
    assert all(data.card.columns.values())


@pytest.mark.parametrize("name", SHIPPED)
def test_card_is_filled_in(name):
    card = datasets.load_card(name)
    for text in (card.title, card.source, card.licence, card.collected, card.citation):
        assert len(text) > 10
    assert card.url.startswith("https://")
    assert card.question.endswith("?")
    assert card.known_faults
    assert re.fullmatch("[0-9a-f]{64}", card.sha256)


@pytest.mark.parametrize("name", SHIPPED)
def test_card_promises_no_legal_safety(name):
    texts = " ".join([*datasets.load_card(name).known_faults, datasets.load_card(name).licence]).casefold()
    assert not re.search(r"\b(complian(t|ce)|lawful|legally safe|certif)", texts)
