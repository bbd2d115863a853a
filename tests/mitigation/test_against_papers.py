"""Each mitigation against its paper, a hand-made example, or fairlearn's own results."""

import logging
import warnings

import numpy as np
import pandas as pd
import pytest
from fairlearn import adversarial, postprocessing, preprocessing, reductions
from hypothesis import given, settings, strategies as st
from sklearn.linear_model import LogisticRegression

import biasaudit as ba
from biasaudit.mitigation.postprocessing import reject_option
from biasaudit.mitigation.preprocessing import Unmitigated, massaged_labels, resampled, reweighing_weights
from biasaudit.mitigation.registry import make_mitigation
from biasaudit.models.tabular import Encoder

CONSTRAINTS = {"equalized_odds": reductions.EqualizedOdds, "demographic_parity": reductions.DemographicParity}


@pytest.fixture(scope="module")
def compas():
    data = ba.datasets.load_compas()
    frame = data.frame[data.frame["race"].isin(["African-American", "Caucasian", "Hispanic"])].head(2_000)
    X = frame[list(data.features)]
    return X, Encoder().fit_transform(X), frame[data.label].to_numpy(), frame["race"]


def model():
    return LogisticRegression(max_iter=1_000, random_state=0)


@pytest.mark.parametrize("constraint", CONSTRAINTS)
@pytest.mark.parametrize("name", ["exponentiated_gradient", "grid_search"])
def test_reductions_decide_as_fairlearn_does(name, constraint, compas, recwarn):
    X, rows, y, race = compas
    mine = make_mitigation(name, constraint=constraint, random_state=0).fit(X, y, sensitive_features=race)
    decided = mine.predict(X)
    assert [w.category.__name__ for w in recwarn if "fairlearn" in w.filename] == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "grid_search":
            theirs = reductions.GridSearch(model(), CONSTRAINTS[constraint](), grid_size=20)
            theirs.fit(rows, y, sensitive_features=race.to_numpy())
            expected = theirs.predict(rows)
        else:
            theirs = reductions.ExponentiatedGradient(model(), CONSTRAINTS[constraint]())
            theirs.fit(rows, y, sensitive_features=race.to_numpy())
            expected = theirs.predict(rows, random_state=0)
    np.testing.assert_array_equal(decided, expected)


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_thresholds_are_fairlearns(constraint, compas):
    X, rows, y, race = compas
    mine = make_mitigation("threshold_optimizer", constraint=constraint, random_state=0)
    mine.fit(X, y, sensitive_features=race)
    theirs = postprocessing.ThresholdOptimizer(
        estimator=model(), constraints=constraint, predict_method="predict_proba"
    ).fit(rows, y, sensitive_features=race.to_numpy())
    np.testing.assert_array_equal(
        mine.predict(X, sensitive_features=race),
        theirs.predict(rows, sensitive_features=race.to_numpy(), random_state=0),
    )


@pytest.mark.parametrize("alpha", [1.0, 0.4])
def test_correlations_are_removed_as_fairlearn_does(alpha, compas):
    X, rows, y, race = compas
    mine = make_mitigation("correlation_remover", alpha=alpha).fit(X, y, sensitive_features=race)
    frame = pd.DataFrame(rows).assign(**{g: (race == g).to_numpy(float) for g in ("Caucasian", "Hispanic")})
    frame.columns = frame.columns.astype(str)
    theirs = preprocessing.CorrelationRemover(sensitive_feature_ids=["Caucasian", "Hispanic"], alpha=alpha)
    cleaned = theirs.fit_transform(frame)
    codes = np.searchsorted(mine.groups_, race.to_numpy(str))
    np.testing.assert_allclose(mine._cleaned(rows, codes), cleaned, atol=1e-12)
    np.testing.assert_array_equal(mine.predict(X, sensitive_features=race), model().fit(cleaned, y).predict(cleaned))
    # A group that was not there keeps its values: nothing is known to be removed.
    np.testing.assert_array_equal(mine._cleaned(rows, np.full(len(rows), -1)), rows)


def test_the_adversary_is_fairlearns(compas):
    X, rows, y, race = compas
    mine = make_mitigation("adversarial", epochs=2, random_state=0).fit(X, y, sensitive_features=race)
    theirs = adversarial.AdversarialFairnessClassifier(
        backend="torch",
        predictor_model=[32, "relu"],
        adversary_model=[16, "relu"],
        constraints="equalized_odds",
        learning_rate=0.005,
        alpha=1.0,
        epochs=2,
        batch_size=256,
        shuffle=True,
        random_state=0,
    )
    theirs.fit(rows, y, sensitive_features=race.to_numpy())
    np.testing.assert_array_equal(mine.predict(X), theirs.predict(rows))


def test_a_users_own_warning_comes_through(compas):
    class Loud(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            warnings.warn("mine", DeprecationWarning, stacklevel=1)
            return super().fit(X, y, sample_weight)

    X, _, y, race = compas
    with pytest.warns(DeprecationWarning, match="mine"):
        make_mitigation("grid_search", estimator=Loud(), grid_size=2).fit(X, y, sensitive_features=race)


def test_the_advice_on_grids_is_not_printed_and_the_logger_is_left_as_it_was(compas, caplog):
    X, _, y, race = compas
    level = logging.getLogger("fairlearn.reductions").level
    make_mitigation("grid_search", grid_size=2).fit(X, y, sensitive_features=race)
    assert caplog.records == []
    assert logging.getLogger("fairlearn.reductions").level == level


binary = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=8, max_size=60)


@given(binary)
def test_reweighing_makes_label_and_group_independent(rows):
    y, groups = np.array(rows).T
    weights = reweighing_weights(y, groups)
    if len(set(zip(y, groups, strict=True))) < len(set(y)) * len(set(groups)):
        return
    shares = [np.average(y[groups == g], weights=weights[groups == g]) for g in set(groups)]
    np.testing.assert_allclose(shares, y.mean())
    assert weights.sum() == pytest.approx(len(y))


def test_reweighing_trains_on_those_weights(compas):
    X, rows, y, race = compas
    mine = make_mitigation("reweighing", random_state=0).fit(X, y, sensitive_features=race)
    for g in set(race):
        for label in (0, 1):
            at = ((race == g) & (y == label)).to_numpy()
            formula = (race == g).mean() * (y == label).mean() / at.mean()
            np.testing.assert_allclose(mine.weights_[at], formula)
    np.testing.assert_array_equal(mine.predict(X), model().fit(rows, y, sample_weight=mine.weights_).predict(rows))


def test_preferential_sampling_by_hand():
    # Ten people as in Kamiran and Calders: of 5 women 2 are accepted, of 5 men 4; by weights 3 and 3 should be.
    y = np.array([1, 1, 0, 0, 0, 1, 1, 1, 1, 0])
    women = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    score = np.array([0.6, 0.9, 0.4, 0.3, 0.1, 0.55, 0.7, 0.8, 0.95, 0.2])
    order = np.where(y == 1, score, -score)
    chosen = resampled(reweighing_weights(y, women), women * 2 + y, order)
    # The accepted woman closest to the border is repeated, the rejected one closest to it left out; men the other way.
    assert chosen.tolist() == [0, 0, 1, 3, 4, 6, 7, 8, 9, 9]


@pytest.mark.parametrize("method", ["preferential", "uniform"])
def test_resampling_gives_every_group_the_same_share(method, compas):
    X, _, y, race = compas
    mine = make_mitigation("resampling", method=method, random_state=0).fit(X, y, sensitive_features=race)
    shares = pd.Series(y[mine.chosen_]).groupby(race.to_numpy()[mine.chosen_]).mean()
    np.testing.assert_allclose(shares, y.mean(), atol=0.005)
    assert abs(len(mine.chosen_) - len(y)) <= 3


def test_uniform_sampling_differs_by_seed_only(compas):
    X, _, y, race = compas
    chosen = [
        make_mitigation("resampling", method="uniform", random_state=s).fit(X, y, sensitive_features=race).chosen_
        for s in (0, 0, 1)
    ]
    np.testing.assert_array_equal(chosen[0], chosen[1])
    assert not np.array_equal(chosen[0], chosen[2])


def test_massaging_by_hand():
    # Kamiran and Calders' ten people: M = (5 * 4 - 5 * 2) / 10 = 1 pair is turned.
    y = np.array([1, 1, 0, 0, 0, 1, 1, 1, 1, 0])
    women = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    score = np.array([0.6, 0.9, 0.4, 0.3, 0.1, 0.55, 0.7, 0.8, 0.95, 0.2])
    assert massaged_labels(y, women, score).tolist() == [1, 1, 1, 0, 0, 0, 1, 1, 1, 0]


@settings(max_examples=50)
@given(binary, st.integers(0, 5))
def test_massaging_brings_each_group_to_the_share_of_all_within_half_a_person(rows, seed):
    y, groups = np.array(rows).T
    labels = massaged_labels(y, groups, np.random.default_rng(seed).random(len(y)))
    for g in set(groups):
        assert abs(labels[groups == g].sum() - (groups == g).sum() * y.mean()) <= 0.5 + 1e-9


def test_massaging_trains_on_the_turned_labels(compas):
    X, rows, y, race = compas
    mine = make_mitigation("massaging", random_state=0).fit(X, y, sensitive_features=race)
    codes = np.searchsorted(mine.groups_, race.to_numpy(str))
    np.testing.assert_array_equal(
        mine.labels_, massaged_labels(y, codes, model().fit(rows, y).predict_proba(rows)[:, 1])
    )
    np.testing.assert_array_equal(mine.predict(X), model().fit(rows, mine.labels_).predict(rows))


def test_repair_moves_values_to_the_median_group_at_their_rank():
    # Two groups: the median of two values is their mean. Ranks 0, 1/2 and 1 of (0, 2, 4) and of (10, 20, 60).
    frame = pd.DataFrame({"score": [0.0, 2, 4, 10, 20, 60], "club": ["a", "b"] * 3})
    groups = np.array(["F"] * 3 + ["M"] * 3)
    mine = make_mitigation("impact_repair").fit(frame, [0, 1] * 3, sensitive_features=groups)
    rows, codes = mine.encoder_.transform(frame), np.array([0, 0, 0, 1, 1, 1])
    scale = lambda values: (np.array(values) - frame["score"].mean()) / frame["score"].std(ddof=0)  # noqa: E731
    repaired = mine.repaired(rows, codes)
    np.testing.assert_allclose(repaired[:, 0], scale([5, 11, 32, 5, 11, 32]))
    np.testing.assert_array_equal(repaired[:, 1:], rows[:, 1:])
    half = make_mitigation("impact_repair", amount=0.5).fit(frame, [0, 1] * 3, sensitive_features=groups)
    np.testing.assert_allclose(half.repaired(rows, codes)[:, 0], scale([2.5, 6.5, 18, 7.5, 15.5, 46]))
    np.testing.assert_array_equal(mine.repaired(rows, np.full(6, -1)), rows)


def test_repair_leaves_the_same_distribution_in_every_group(compas):
    X, rows, y, race = compas
    mine = make_mitigation("impact_repair").fit(X, y, sensitive_features=race)
    codes = np.searchsorted(mine.groups_, race.to_numpy(str))
    repaired = mine.repaired(rows, codes)
    age = mine.encoder_.numbers_.index("age")
    at = np.linspace(0.1, 0.9, 9)
    gaps = [np.ptp([np.quantile(v[codes == g, age], at) for g in range(3)], axis=0).mean() for v in (rows, repaired)]
    # Not to nothing: ages come in whole years, and equal ones move together.
    assert gaps[1] < gaps[0] / 3


def test_reject_option_by_hand():
    # Unsure are 0.42 to 0.58: there the deprived are accepted and the favoured are not; others as scored.
    scores = np.array([0.35, 0.43, 0.57, 0.35, 0.43, 0.57, 0.9, 0.1, 0.57])
    deprived = np.array([1, 1, 1, 0, 0, 0, 1, 0, 0], dtype=bool)
    favoured = np.array([0, 0, 0, 1, 1, 1, 0, 1, 0], dtype=bool)
    decided = reject_option(scores, deprived, favoured, 0.08).astype(int)
    assert decided.tolist() == [0, 1, 1, 0, 0, 0, 1, 0, 1]


def test_reject_option_narrows_the_gap_it_is_chosen_by(compas):
    X, _, y, race = compas
    for constraint, part in (("demographic_parity", np.ones(len(y), bool)), ("equalized_odds", y == 1)):
        gaps = []
        for width in (0.0, None):
            mine = make_mitigation("reject_option", constraint=constraint, width=width, random_state=0)
            decided = mine.fit(X, y, sensitive_features=race).predict(X, sensitive_features=race)
            gaps.append(np.ptp(pd.Series(decided[part]).groupby(race.to_numpy()[part]).mean()))
        assert gaps[1] < 0.6 * gaps[0]


def test_calibration_makes_scores_mean_the_same_in_every_group(compas):
    X, rows, y, race = compas
    mine = make_mitigation("group_calibration", random_state=0).fit(X, y, sensitive_features=race)
    codes = np.searchsorted(mine.groups_, race.to_numpy(str))
    chance = mine.calibrated(rows, codes)
    raw = mine.model_.predict_proba(rows)[:, 1]
    gap = [[abs((s - y)[codes == g].mean()) for g in range(3)] for s in (raw, chance)]
    assert max(gap[1]) < 0.02
    assert max(gap[1]) < max(gap[0]) / 2
    # A group that was not there is calibrated with everyone.
    np.testing.assert_allclose(mine.calibrated(rows, np.full(len(y), -1)).mean(), y.mean(), atol=0.02)


def test_a_small_group_is_calibrated_with_everyone():
    rng = np.random.default_rng(0)
    X, groups = rng.normal(size=(400, 1)), np.array(["small"] * 99 + ["large"] * 301)
    y = (rng.random(400) < np.where(groups == "small", 0.9, 1 / (1 + np.exp(-X[:, 0])))).astype(int)
    mine = make_mitigation("group_calibration", random_state=0).fit(X, y, sensitive_features=groups)
    assert mine.groups_.tolist() == ["large", "small"]
    assert mine.curves_[1].tolist() == mine.curves_[2].tolist()
    assert mine.curves_[0].tolist() != mine.curves_[2].tolist()


def test_a_group_without_both_labels_keeps_the_models_decisions(compas):
    X, rows, y, race = compas
    y = np.where(race == "Hispanic", 0, y)
    mine = make_mitigation("threshold_optimizer", random_state=0).fit(X, y, sensitive_features=race)
    at = (race == "Hispanic").to_numpy()
    np.testing.assert_array_equal(mine.predict(X, sensitive_features=race)[at], model().fit(rows, y).predict(rows)[at])


def test_the_baseline_is_the_bare_model(compas):
    X, rows, y, race = compas
    mine = Unmitigated(random_state=0).fit(X, y, sensitive_features=race)
    np.testing.assert_array_equal(mine.predict(X), model().fit(rows, y).predict(rows))


@pytest.mark.parametrize("name", ["threshold_optimizer", "correlation_remover", "impact_repair", "reject_option"])
def test_a_group_never_seen_is_decided_without_regard_to_groups(name, compas):
    X, _, y, race = compas
    mine = make_mitigation(name, random_state=0).fit(X, y, sensitive_features=race)
    unknown = mine.predict(X, sensitive_features=np.full(len(X), "AAA never seen"))
    np.testing.assert_array_equal(unknown, mine.model_.predict(mine.encoder_.transform(X)))
    assert not np.array_equal(unknown, mine.predict(X, sensitive_features=race))
