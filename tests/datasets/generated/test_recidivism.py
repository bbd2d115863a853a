"""People before a court: arrests on record are no offences, and patrols follow the record."""

import numpy as np
import pytest
from scipy.stats import norm

from biasaudit import AuditError, datasets


def planted(dial, quantity, **dials):
    table = datasets.make_recidivism(1, **dials).truth.planted.set_index(["dial", "quantity"])["value"]
    return table[dial, quantity]


def by_hand(cause_shift=0.0, other_shift=0.0):
    """Chance of an offence, written as a loop over what the docstring says."""
    total = 0.0
    age = np.arange(18, 70)
    older = np.exp(-(age - 18) / 14)
    p_age = older - np.append(older[1:], 0)
    for earlier in range(16):
        low = np.log(earlier) / 0.9 if earlier else -np.inf
        high = np.log(earlier + 1) / 0.9 if earlier < 15 else np.inf
        p_earlier = np.diff(norm.cdf([low, high], cause_shift))[0]
        for felony, p_felony in enumerate((norm.cdf(0.3 - cause_shift), norm.sf(0.3 - cause_shift))):
            score = -0.03 * (age - 30) + 0.4 * felony + 0.25 * earlier + 0.6 * other_shift - 0.7
            total += p_earlier * p_felony * (p_age * norm.cdf(score)).sum()
    return total


def test_the_share_of_offences():
    assert planted("all", "base_rate") == pytest.approx(by_hand(), abs=1e-12)
    assert 0.3 < by_hand() < 0.5


@pytest.mark.parametrize("dial", [0.1, 0.3, 1.0])
def test_closed_forms(dial):
    offence = by_hand()
    assert planted("policing", "label_difference", policing=dial) == pytest.approx(dial * offence)
    assert planted("policing", "base_rate", policing=dial) == pytest.approx(offence * (0.4 + 0.6 * (1 - dial)))
    assert planted("label_bias", "label_difference", label_bias=dial) == pytest.approx(dial * (1 - offence))
    injustice, other = by_hand(dial) - offence, by_hand(other_shift=2 * dial) - offence
    assert planted("historical_bias", "true_label_difference", historical_bias=dial) == pytest.approx(injustice)
    assert planted("omitted_variable", "true_label_difference", omitted_variable=dial) == pytest.approx(other)


def test_policing_leaves_the_offences_as_they_are():
    data = datasets.make_recidivism(100_000, policing=0.4, random_state=1)
    black, offence = data.frame["race"] == "black", data.truth.label == 1
    arrest = data.frame["rearrested"] == 1
    assert not (arrest & ~offence).any()
    assert arrest[black & offence].all()
    seen = arrest[~black & offence]
    assert abs(seen.mean() - 0.6) < 4 * np.sqrt(0.24 / len(seen))
    difference = offence[black].mean() - offence[~black].mean()
    assert abs(difference) < 4 * np.sqrt(0.25 / black.sum() + 0.25 / (~black).sum())


def test_label_bias_takes_those_without_an_offence():
    data = datasets.make_recidivism(50_000, label_bias=0.2, random_state=2)
    black, offence = data.frame["race"] == "black", data.truth.label == 1
    arrest = data.frame["rearrested"] == 1
    assert arrest[offence].all()
    assert not arrest[~black & ~offence].any()
    assert abs(arrest[black & ~offence].mean() - 0.2) < 0.02


def test_only_people_arrested_again_were_kept_in_the_last_months():
    frame = datasets.make_recidivism(20_000, artefact=0.5, random_state=3).frame
    late = frame["screening_month"].astype(str) >= "2024"
    assert frame.loc[late, "rearrested"].eq(1).all()
    assert abs(late.mean() - 0.125) < 4 * np.sqrt(0.11 / 20_000)
    assert frame.groupby("screening_month", observed=True)["rearrested"].mean()[:12].between(0.2, 0.6).all()


@pytest.mark.parametrize("rounds", [1, 400])
def test_patrols_that_follow_arrests_end_where_the_urn_says(rounds):
    share = datasets.simulate_patrols(
        rounds, 1, initial=(65, 35), offence_rates=(by_hand(), by_hand()), random_state=7
    )[0, -1]
    found = planted("policing", "label_difference", policing=0.3, rounds=rounds, random_state=7)
    assert found == pytest.approx(by_hand() * (min(1, 2 * share) - min(1, 2 * (1 - share))))


def test_chance_alone_moves_patrols():
    found = [planted("policing", "label_difference", rounds=2_000, random_state=seed) / by_hand() for seed in range(12)]
    assert min(found) < -0.02
    assert max(found) > 0.02  # nobody meant it, and it may hit either group
    assert planted("all", "true_label_difference", rounds=2_000) == 0


def test_the_loop_runs_away_with_a_true_difference():
    def share(rounds):
        data = datasets.make_recidivism(1, historical_bias=1, policing=0.1, rounds=rounds)
        return data.truth.planted.set_index(["dial", "quantity"])["value"]["policing", "label_difference"]

    assert share(5_000) > 2 * share(1) > 0


def test_no_rounds_leave_the_patrols():
    one, two = (datasets.make_recidivism(500, policing=0.4, rounds=0, random_state=seed) for seed in (1, 2))
    assert one.truth.planted.equals(two.truth.planted)
    assert "policing" not in set(datasets.make_recidivism(5).truth.planted["dial"])


@pytest.mark.parametrize("value", [-1, 0.5, True, None, 10**7])
def test_no_number_of_rounds(value):
    with pytest.raises(AuditError) as error:
        datasets.make_recidivism(10, rounds=value)
    assert str(error.value) == f"rounds={value} is out of range. Give a whole number from 0 to 100,000."


def test_a_bad_seed_is_named_before_patrols_use_it():
    with pytest.raises(AuditError, match=r"^random_state=-1 is not a seed"):
        datasets.make_recidivism(10, rounds=5, random_state=-1)
