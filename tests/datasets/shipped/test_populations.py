"""Populations to hold a sample against: shares that add up, and what they do not say."""

import pytest

from biasaudit import AuditError, datasets
from biasaudit.datasets.shipped.populations import POPULATIONS, relative_rate, representation_ratio

HELD = datasets.load_population("us_incarcerated_race")
RESIDENTS = datasets.load_population("us_residents_race")


def test_custody():
    assert representation_ratio(HELD, RESIDENTS, "Black") == pytest.approx(0.37 / 0.12)
    assert f"{representation_ratio(HELD, RESIDENTS, 'Black'):.2f}" == "3.08"
    assert f"{relative_rate(HELD, RESIDENTS, 'Black'):.2f}" == "4.31"


def test_the_two_groups_mirror_each_other():
    other = relative_rate(HELD, RESIDENTS, "everyone else")
    assert other == pytest.approx(1 / relative_rate(HELD, RESIDENTS, "Black"))


def test_custody_is_no_rate_of_offending():
    assert "not a rate of offending" in HELD.caution
    for function in (representation_ratio, relative_rate):
        assert "not a rate of offending" in " ".join(function.__doc__.split())


@pytest.mark.parametrize("population", POPULATIONS, ids=lambda population: population.name)
def test_every_population_is_whole(population):
    assert sum(population.shares.values()) == pytest.approx(1)
    assert all(0 < share < 1 for share in population.shares.values())
    assert 2000 <= population.year <= 2030
    assert population.source
    assert population.caution
    assert datasets.load_population(population.name) is population


def test_unknown_population():
    with pytest.raises(AuditError) as error:
        datasets.load_population("us_resident_sex")
    assert str(error.value) == (
        '"us_resident_sex" is not a population. Did you mean "us_residents_sex"? '
        "Populations: us_residents_race, us_incarcerated_race, us_residents_sex."
    )


def test_populations_of_other_groups():
    with pytest.raises(AuditError) as error:
        representation_ratio(HELD, datasets.load_population("us_residents_sex"), "Black")
    assert str(error.value) == (
        '"us_incarcerated_race" and "us_residents_sex" do not count the same groups. '
        "Take two populations of one feature."
    )


def test_unknown_group():
    with pytest.raises(AuditError) as error:
        relative_rate(HELD, RESIDENTS, "black")
    assert str(error.value) == (
        '"black" is not a group of "us_incarcerated_race". Did you mean "Black"? Groups: Black, everyone else.'
    )


def test_a_group_is_a_name():
    with pytest.raises(AuditError, match=r"is not a group of"):
        representation_ratio(HELD, RESIDENTS, ["Black"])
