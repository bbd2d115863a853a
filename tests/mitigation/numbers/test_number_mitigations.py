"""Mitigations of numbers against their papers, fairlearn and what scikit-learn asks of a regressor."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.reductions import BoundedGroupLoss, ExponentiatedGradient, SquareLoss
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.utils.estimator_checks import check_estimator

import biasaudit as ba
from biasaudit.mitigation import NUMBER_MITIGATIONS, make_mitigation
from biasaudit.mitigation.base import quiet
from biasaudit.mitigation.numbers.alignment import MeanAlignment

NAMES = [row.name for row in NUMBER_MITIGATIONS]


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b", "c"], 600, p=[0.5, 0.3, 0.2])
    X = pd.DataFrame(
        {"x": rng.normal(size=600) + (group == "b") - 2 * (group == "c"), "z": rng.choice(["u", "v"], 600)}
    )
    y = 3 * X["x"].to_numpy() + (X["z"] == "u") + rng.normal(size=600) * (1 + 2 * (group == "b"))
    return X, y, group


def told(model, X, y, group, **more):
    return model.fit(X, y, sensitive_features=group, **more).predict(X, sensitive_features=group)


@pytest.mark.parametrize("estimator", [LinearRegression(), HistGradientBoostingRegressor(max_iter=10)])
def test_means_are_alike_after_alignment(people, estimator):
    X, y, group = people
    predicted = told(make_mitigation("mean_alignment", estimator=estimator), X, y, group)
    assert np.ptp(pd.Series(predicted).groupby(group).mean()) < 1e-9
    assert predicted.mean() == pytest.approx(
        told(make_mitigation("unmitigated", "number", estimator=estimator), X, y, group).mean()
    )


def test_strength_closes_its_part_of_the_gap(people):
    X, y, group = people
    gaps = [
        pd.Series(told(make_mitigation(name, strength=s), X, y, group))
        .groupby(group)
        .mean()
        .loc[["a", "c"]]
        .diff()
        .iloc[1]
        for name in ("mean_alignment", "quantile_alignment")
        for s in (0.0, 0.25, 1.0)
    ]
    assert gaps[1] == pytest.approx(0.75 * gaps[0])
    assert gaps[4] == pytest.approx(0.75 * gaps[3] + 0.25 * gaps[5])


def test_errors_are_alike_after_alignment_of_errors(people):
    X, y, group = people
    y = y + 2.0 * (group == "c") * (X["x"] > -2)
    before = told(make_mitigation("unmitigated", "number"), X, y, group) - y
    after = told(MeanAlignment(target="errors"), X, y, group) - y
    # Shifts are those of rows that the model did not see: nearly, not to the last digit.
    assert (
        np.abs(pd.Series(after).groupby(group).mean()).max()
        < 0.05
        < np.abs(pd.Series(before).groupby(group).mean()).max()
    )


def test_quantile_alignment_is_the_barycentre_of_groups_of_one_size():
    rng = np.random.default_rng(1)
    group, x = np.repeat(["a", "b"], 200), np.r_[rng.normal(size=200), 3 + 2 * rng.exponential(size=200)]
    predicted = told(make_mitigation("quantile_alignment"), x[:, None], x, group)
    # Of two samples of one size the barycentre is the mean of what stands at each place.
    both = (np.sort(x[:200]) + np.sort(x[200:])) / 2
    for name in "ab":
        np.testing.assert_allclose(np.sort(predicted[group == name]), both, atol=1e-9)
    # Chzhen et al. (2020), theorem 2.3: the price in mean square is the distance to the barycentre.
    price = np.mean((np.sort(x[:200]) - np.sort(x[200:])) ** 2) / 4
    assert np.mean((predicted - x) ** 2) == pytest.approx(price)


def test_unseen_predictions_keep_their_order_within_a_group(people):
    X, y, group = people
    model = make_mitigation("quantile_alignment").fit(X, y, sensitive_features=group)
    new = pd.DataFrame({"x": np.linspace(-10, 10, 200), "z": "u"})
    for name in "abc":
        assert (np.diff(model.predict(new, sensitive_features=[name] * 200)) >= 0).all()


@pytest.mark.parametrize("name", ["mean_alignment", "quantile_alignment"])
def test_a_weight_of_two_is_a_row_twice(people, name):
    X, y, group = people
    X = X.select_dtypes("number").head(80).to_numpy()
    weight = np.arange(80) % 3
    twice = np.repeat(np.arange(80), weight)
    # The encoder scales by rows, so that rows of no weight move it; a straight line does not mind.
    one = make_mitigation(name).fit(X, y[:80], sensitive_features=group[:80], sample_weight=weight)
    two = make_mitigation(name).fit(X[twice], y[:80][twice], sensitive_features=group[:80][twice])
    given = {"X": X, "sensitive_features": group[:80]}
    np.testing.assert_allclose(one.predict(**given), two.predict(**given))


def test_bounded_group_loss_is_fairlearns(people):
    X, y, group = people
    mine = make_mitigation("bounded_group_loss", bound=2.5).fit(X, y, sensitive_features=group)
    scaled = (y - y.min()) / np.ptp(y)
    bound = BoundedGroupLoss(SquareLoss(0, 1), upper_bound=2.5 / np.ptp(y) ** 2)
    theirs = ExponentiatedGradient(LinearRegression(), bound)
    rows = mine.encoder_.transform(X)
    with quiet():
        theirs.fit(rows, scaled, sensitive_features=group)
    mixed = sum(w * p.predict(rows) for w, p in zip(theirs.weights_, theirs.predictors_, strict=True))
    np.testing.assert_allclose(mine.predict(X), y.min() + np.ptp(y) * mixed)


def test_the_worst_group_has_less_loss_under_a_bound():
    rng = np.random.default_rng(0)
    group, x = np.repeat(["a", "b"], [400, 100]), rng.normal(size=500)
    y = np.where(group == "a", x, -x) + 0.1 * rng.normal(size=500)
    loss = {
        name: pd.Series((told(make_mitigation(name, "number"), x[:, None], y, group) - y) ** 2)
        .groupby(group)
        .mean()
        .max()
        for name in ("unmitigated", "bounded_group_loss")
    }
    assert loss["bounded_group_loss"] < 0.75 * loss["unmitigated"]


@pytest.mark.parametrize("name", NAMES)
def test_a_number_comes_of_text_gaps_and_groups_never_seen(people, name):
    X, y, group = people
    model = clone(make_mitigation(name, random_state=0)).fit(X, y, sensitive_features=group)
    assert model.feature_names_in_.tolist() == ["x", "z"]
    new = pd.DataFrame({"x": [np.nan, 1.0], "z": ["never", "u"]})
    if not model.needs_groups:
        assert np.isfinite(model.predict(new)).all()
        return
    with pytest.warns(UserWarning, match=r'^"d" was no group of the training rows: predictions of these 1 rows are'):
        predicted = model.predict(new, sensitive_features=["a", "d"])
    assert predicted[1] == pytest.approx(model.model_.predict(model.encoder_.transform(new))[1])
    with pytest.raises(ba.AuditError, match=r"^sensitive_features is missing"):
        model.predict(new)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["mean_alignment", "quantile_alignment"])
def test_they_are_regressors_of_scikit_learns_kind(name):
    kind = type(make_mitigation(name))

    class Told(kind):
        def fit(self, X, y):
            return super().fit(X, y, sensitive_features=self._groups(X))

        def predict(self, X):
            return super().predict(X, sensitive_features=self._groups(X))

        @staticmethod
        def _groups(X):
            return ["one"] * (X.shape[0] if hasattr(X, "shape") else len(np.asarray(X)))

    Told.__qualname__ = f"Told{kind.__name__}"
    globals()[Told.__qualname__] = Told
    Told.__name__ = Told.__qualname__
    check_estimator(Told())


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("mean_alignment", {"target": "all"}, 'target="all" is not one. Targets: predictions, errors.'),
        ("mean_alignment", {"strength": 2}, "strength=2 is out of range. Give a number from 0 (nothing) to 1 (all)."),
        ("quantile_alignment", {"strength": True}, "strength=True is out of range. Give a number from 0"),
        ("bounded_group_loss", {"loss": "log"}, 'loss="log" is not one. Losses: square, absolute.'),
        ("bounded_group_loss", {"bound": -1}, "bound=-1 is out of range. Give the loss that no group may exceed."),
        (
            "bounded_group_loss",
            {"estimator": KNeighborsRegressor()},
            "BoundedGroupLoss needs a model that takes sample_weight, and KNeighborsRegressor does not.",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(people, name, settings, message):
    X, y, group = people
    with pytest.raises(ba.AuditError) as error:
        make_mitigation(name, **settings).fit(X, y, sensitive_features=group)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("y", [["a"] * 3, [1.0, np.nan, 2.0], [1.0, 2.0]])
def test_labels_that_are_no_numbers_are_refused(y):
    with pytest.raises(ba.AuditError, match=r"^y (is not all numbers|has 2 numbers and the table 3 rows)"):
        make_mitigation("mean_alignment").fit(np.ones((3, 1)), y, sensitive_features=["a", "b", "a"])
