"""The urn of patrols against what is known of it in closed form."""

import numpy as np
import pytest
from scipy.stats import beta, betabinom, kstest

from biasaudit import AuditError, datasets


def test_the_naive_share_stays_and_spreads():
    runs = 2_000
    last = datasets.simulate_patrols(5_000, runs, initial=(37, 63), random_state=1)[:, -1]
    spread = beta(37, 63).std()
    assert round(spread, 3) == 0.048
    assert abs(last.mean() - 0.370) < 4 * spread / np.sqrt(runs)
    # A few thousand arrests take the urn nearly to its limit: 5,000 / 5,100 of the variance.
    assert abs(last.std(ddof=1) - spread * np.sqrt(5_000 / 5_100)) < 4 * spread / np.sqrt(2 * runs)
    assert kstest(last, beta(37, 63).cdf).pvalue > 0.001


def test_the_corrected_share_goes_to_that_of_offences():
    last = datasets.simulate_patrols(20_000, 200, initial=(37, 63), corrected=True, random_state=2)[:, -1]
    # About half of the rounds add a ball, half of these each way: (37 + 5,000) / (100 + 10,000).
    assert abs(last.mean() - 5_037 / 10_100) < 4 * last.std() / np.sqrt(200)
    assert last.std() < 0.01
    assert round(last.mean(), 2) == 0.50


def test_the_corrected_share_learns_a_true_difference():
    last = datasets.simulate_patrols(20_000, 100, offence_rates=(0.6, 0.3), corrected=True, random_state=3)[:, -1]
    assert abs(last.mean() - 2 / 3) < 0.01


def test_the_naive_share_runs_away_where_offences_differ():
    last = datasets.simulate_patrols(20_000, 100, initial=(37, 63), offence_rates=(0.6, 0.3), random_state=4)[:, -1]
    assert last.mean() > 0.9


@pytest.mark.parametrize("rounds", [1, 10, 60])
def test_arrests_are_beta_binomial(rounds):
    shares = datasets.simulate_patrols(rounds, 20_000, initial=(3, 5), random_state=5)
    arrests = shares[:, -1] * (8 + rounds) - 3
    law = betabinom(rounds, 3, 5)
    assert np.allclose(arrests, arrests.round())
    assert abs(arrests.mean() - law.mean()) < 4 * law.std() / np.sqrt(20_000)
    assert arrests.std() == pytest.approx(law.std(), rel=0.03)


def test_offences_that_nobody_finds_change_nothing():
    shares = datasets.simulate_patrols(50, 10, initial=(1, 3), offence_rates=(0, 0))
    assert (shares == 0.25).all()


@pytest.mark.parametrize("corrected", [False, True])
def test_a_neighbourhood_without_arrests_is_never_visited(corrected):
    shares = datasets.simulate_patrols(50, 10, initial=(0, 3), corrected=corrected)
    assert (shares == 0).all()


def test_shape_and_seed():
    shares = datasets.simulate_patrols(30, 7, random_state=6)
    assert shares.shape == (7, 31)
    assert (shares[:, 0] == 0.37).all()
    assert (shares == datasets.simulate_patrols(30, 7, random_state=6)).all()
    assert (shares != datasets.simulate_patrols(30, 7, random_state=7)).any()
    assert datasets.simulate_patrols(0, 3).shape == (3, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rounds": -1}, "rounds=-1 is out of range. Give a whole number from 0 to 100,000,000."),
        ({"runs": 0}, "runs=0 is out of range. Give a whole number from 1 to 19,996."),
        ({"rounds": 99_999, "runs": 1_001}, "runs=1001 is out of range. Give a whole number from 1 to 1,000."),
        ({"initial": (1, -1)}, "initial=(1, -1) is out of range. Give two numbers not below 0."),
        ({"initial": (1, float("inf"))}, "initial=(1, inf) is out of range. Give two numbers not below 0."),
        ({"initial": (1,)}, "initial=(1,) is out of range. Give two numbers not below 0."),
        ({"initial": 5}, "initial=5 is out of range. Give two numbers not below 0."),
        ({"initial": "ab"}, "initial=ab is out of range. Give two numbers not below 0."),
        ({"initial": (0, 0)}, "initial holds no arrests at all. Give at least one neighbourhood a positive number."),
        ({"offence_rates": (0.5, 1.5)}, "offence_rates=(0.5, 1.5) is out of range. Give two numbers from 0 to 1."),
        (
            {"offence_rates": (0.5, float("nan"))},
            "offence_rates=(0.5, nan) is out of range. Give two numbers from 0 to 1.",
        ),
        ({"random_state": None}, "random_state=None is out of range. Give a whole number from 0 to 4,294,967,295."),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(AuditError) as error:
        datasets.simulate_patrols(**arguments)
    assert str(error.value) == message
