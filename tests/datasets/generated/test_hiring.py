"""Applications: the closed forms that the equations give by hand, and what a teacher shows with them."""

import numpy as np
import pytest
from scipy.stats import norm

from biasaudit import datasets

CHANCE_OF_FIT = 0.28075  # by the double sum in the test below


def planted(dial, quantity, **dials):
    table = datasets.make_hiring(1, **dials).truth.planted.set_index(["dial", "quantity"])["value"]
    return table[dial, quantity]


def by_hand(years_shift=0.0, education_shift=0.0, skill_shift=0.0, other_shift=0.0):
    """Chance of being fit, written as a loop over what the docstring says."""
    total = 0.0
    cut = [-np.inf, -0.6, 0.3, 1.1, np.inf]
    for years in range(21):
        low, high = (years - 0.5 if years else -np.inf), (years + 0.5 if years < 20 else np.inf)
        p_years = np.diff(norm.cdf([low, high], 8 + 4 * years_shift, 4))[0]
        for educated in range(4):
            p_educated = np.diff(norm.cdf(cut[educated : educated + 2], education_shift))[0]
            skill = np.arange(0, 101, 5)
            edges = np.concatenate([[-np.inf], skill[:-1] + 2.5, [np.inf]])
            p_skill = np.diff(norm.cdf(edges, 50 + 15 * skill_shift, 15))
            score = 0.5 * (years - 8) / 4 + 0.4 * (educated - 1.5) + 0.7 * (skill - 50) / 15 + 0.6 * other_shift
            total += p_years * p_educated * (p_skill * norm.cdf(score - 0.7)).sum()
    return total


def test_the_share_of_people_who_fit():
    assert by_hand() == pytest.approx(CHANCE_OF_FIT, abs=1e-5)
    assert planted("all", "base_rate") == pytest.approx(by_hand(), abs=1e-12)


@pytest.mark.parametrize("dial", [0.1, 0.3, 1.0])
def test_closed_forms(dial):
    fit = by_hand()
    injustice = by_hand(-dial, -dial / 2, -dial / 2) - fit
    other = by_hand(other_shift=-2 * dial) - fit
    assert planted("historical_bias", "label_difference", historical_bias=dial) == pytest.approx(injustice)
    assert planted("omitted_variable", "label_difference", omitted_variable=dial) == pytest.approx(other)
    assert planted("label_bias", "label_difference", label_bias=dial) == pytest.approx(-dial * fit)
    kept = 0.5 * (1 - dial) / (0.5 * (1 - dial) + 0.5)
    ratio = planted("underrepresentation", "representation_ratio", underrepresentation=dial)
    assert ratio == pytest.approx(kept / 0.5)
    constant = dial / 4
    assert planted("artefact", "base_rate", artefact=dial) == pytest.approx(constant + (1 - constant) * fit)
    assert planted("missingness", "missing_difference:education", missingness=dial) == pytest.approx(0.4 * dial)


@pytest.mark.parametrize("dial", [0.01, 0.1, 0.3, 1.0])
def test_the_test_is_misread_by_ten_marks(dial):
    shift = planted("measurement_bias", "score_shift", measurement_bias=dial)
    assert shift == pytest.approx(-10 * dial, rel=0.03)  # a little less, since no mark is below 0 or above 100


def test_the_best_guess_from_the_club():
    # A club gives itself away with chance p; else it is one of four, as is the referral with p / 2.
    strength = 0.4
    club = np.full((2, 4), (1 - strength) / 4)
    referral = np.full((2, 4), (1 - strength / 2) / 4)
    for group in (0, 1):
        club[group, group] += strength
        referral[group, group] += strength / 2
    man, woman = (np.outer(club[group], referral[group]).ravel() for group in (0, 1))
    ratio = np.round(woman / man, 9)
    wins = (woman[:, None] * man * ((ratio[:, None] > ratio) + (ratio[:, None] == ratio) / 2)).sum()
    assert planted("proxy_strength", "reconstruction_auc", proxy_strength=strength) == pytest.approx(wins)


def test_the_club_tells_all_at_one():
    assert planted("proxy_strength", "reconstruction_auc", proxy_strength=1) == 1
    frame = datasets.make_hiring(500, proxy_strength=1).frame
    assert ((frame["club"] == "volleyball") == (frame["sex"] == "woman")).all()


def test_label_bias_takes_only_from_women_who_fit():
    data = datasets.make_hiring(200_000, label_bias=0.3, random_state=1)
    woman, fit, hired = data.frame["sex"] == "woman", data.truth.label == 1, data.frame["hired"] == 1
    assert (hired == fit)[~woman].all()
    assert not (hired & ~fit).any()
    kept = hired[woman & fit]
    assert abs(kept.mean() - 0.7) < 4 * np.sqrt(0.21 / len(kept))


def test_a_gap_at_equal_features_is_label_bias_or_an_omitted_cause():
    name = "label_difference_given_features"
    assert planted("all", name, historical_bias=0.5) == pytest.approx(0, abs=1e-12)
    assert planted("all", name, proxy_strength=0.5) == pytest.approx(0, abs=1e-12)
    assert planted("all", name, label_bias=0.3) < -0.05
    assert planted("all", name, omitted_variable=0.3) < -0.05
    assert planted("all", name, measurement_bias=0.3) > 0.02  # misread downwards, so better than the test says


def test_everyone_in_the_archive_was_hired():
    frame = datasets.make_hiring(5_000, artefact=0.4, random_state=2).frame
    archive = frame["source"] == "archive"
    assert frame.loc[archive, "hired"].eq(1).all()
    assert 0 < frame.loc[~archive, "hired"].mean() < 1


def test_dials_are_off_unless_turned():
    assert datasets.make_hiring().frame.equals(datasets.make_hiring(10_000, random_state=0).frame)
    assert len(datasets.make_hiring().frame) == 10_000
