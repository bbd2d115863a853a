"""Who lives somewhere, or is held somewhere: shares of groups to hold a sample against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biasaudit.counts.values import MISSING
from biasaudit.errors import AuditError, nearest
from biasaudit.lookup import by_name
from biasaudit.names import clean

__all__ = ["POPULATIONS", "Population", "load_population", "populations_of", "relative_rate", "representation_ratio"]

# Words that tables have for one and the same group.
SAME = (("woman", "women", "female", "f"), ("man", "men", "male", "m"), ("black", "african-american"))


@dataclass(frozen=True)
class Population:
    """Shares of groups in a population.

    Parameters
    ----------
    name : str
        The name to load it by.
    people : str
        Who is counted.
    feature : str
        What the groups are groups of.
    shares : mapping of str to float
        Share of each group, 0 to 1; they add up to 1.
    year : int
        When it was counted.
    source : str
        Who counted it.
    caution : str
        What the shares do not say.

    Examples
    --------
    >>> import biasaudit as ba
    >>> population = ba.datasets.load_population("us_residents_sex")
    >>> population.shares
    {'woman': 0.509, 'man': 0.491}
    >>> print(population.caution)
    Residents of every age, not those who look for work or hold a given degree.
    """

    name: str
    people: str
    feature: str
    shares: Mapping[str, float]
    year: int
    source: str
    caution: str

    def shares_of(self, groups: Sequence[str]) -> dict[str, float] | None:
        """Return the shares by the names that a table has for the groups; None where it has other groups.

        Parameters
        ----------
        groups : sequence of str
            Groups as a table names them.

        Returns
        -------
        dict of str to float
            Share of each of them.

        Examples
        --------
        >>> import biasaudit as ba
        >>> ba.datasets.load_population("us_residents_sex").shares_of(["F", "M"])
        {'F': 0.509, 'M': 0.491}
        """
        names = {_meaning(name): name for name in self.shares}
        known = [group for group in groups if group != MISSING]
        if len(known) != len(names) or {_meaning(group) for group in known} != set(names):
            return None
        return {group: self.shares[names[_meaning(group)]] for group in known}


def _meaning(name: str) -> str:
    plain = str(name).strip().casefold()
    return next((same[0] for same in SAME if plain in same), plain)


POPULATIONS = (
    Population(
        name="us_residents_race",
        people="People who live in the United States",
        feature="race",
        shares={"Black": 0.12, "everyone else": 0.88},
        year=2020,
        source="United States Census Bureau, 2020 Census: Black or African American alone, 12.4 %",
        caution="People who named several races are with everyone else.",
    ),
    Population(
        name="us_incarcerated_race",
        people="People in prisons and jails of the United States",
        feature="race",
        shares={"Black": 0.37, "everyone else": 0.63},
        year=2024,
        source="Prison Policy Initiative, figures on race and ethnicity: people in prison or jail, 37 % Black",
        caution=(
            "Who is held depends on who is policed, charged, kept before trial and sentenced to how long. "
            "A rate of custody is not a rate of offending."
        ),
    ),
    Population(
        name="us_residents_sex",
        people="People who live in the United States",
        feature="sex",
        shares={"woman": 0.509, "man": 0.491},
        year=2020,
        source="United States Census Bureau, 2020 Census: female, 50.9 %",
        caution="Residents of every age, not those who look for work or hold a given degree.",
    ),
)


def load_population(name: str) -> Population:
    """Load the shares of groups in a population by name.

    Parameters
    ----------
    name : str
        Such as "us_residents_sex".

    Returns
    -------
    Population

    Raises
    ------
    AuditError
        If there is none of the name.

    Examples
    --------
    >>> load_population("us_residents_race").shares["Black"]
    0.12
    """
    return by_name(POPULATIONS, name, "a population", "Populations")


def populations_of(groups: Sequence[str]) -> tuple[Population, ...]:
    """Return the populations whose groups a table has, under whatever names.

    Parameters
    ----------
    groups : sequence of str
        Groups as a table names them.

    Returns
    -------
    tuple of Population

    Examples
    --------
    >>> [population.name for population in populations_of(["F", "M"])]
    ['us_residents_sex']
    """
    return tuple(population for population in POPULATIONS if population.shares_of(groups))


def representation_ratio(part: Population, whole: Population, group: str) -> float:
    """Share of a group in a part of a population over its share in the whole.

    Of people in custody this says who is held, and is not a rate of offending.

    Parameters
    ----------
    part : Population
        Those who are looked at, such as people in custody.
    whole : Population
        Those they are a part of.
    group : str
        Whose it is.

    Returns
    -------
    float

    Raises
    ------
    AuditError
        If the two do not count the same groups, or `group` is not one of them.

    Examples
    --------
    >>> from biasaudit.datasets import load_population
    >>> held, residents = load_population("us_incarcerated_race"), load_population("us_residents_race")
    >>> print(f"{representation_ratio(held, residents, 'Black'):.2f}")
    3.08
    """
    inside, outside = _shares(part, whole, group)
    return inside / outside


def relative_rate(part: Population, whole: Population, group: str) -> float:
    """Chance of a member of the group to be in the part, over the chance of everyone else.

    Of people in custody this is the relative custody rate: who is held, which depends on who is policed, charged and
    sentenced to how long. It is not a rate of offending.

    Parameters
    ----------
    part : Population
        Those who are looked at, such as people in custody.
    whole : Population
        Those they are a part of.
    group : str
        Whose it is.

    Returns
    -------
    float

    Raises
    ------
    AuditError
        If the two do not count the same groups, or `group` is not one of them.

    Examples
    --------
    >>> from biasaudit.datasets import load_population
    >>> held, residents = load_population("us_incarcerated_race"), load_population("us_residents_race")
    >>> print(f"{relative_rate(held, residents, 'Black'):.2f}")
    4.31
    """
    inside, outside = _shares(part, whole, group)
    return (inside / outside) / ((1 - inside) / (1 - outside))


def _shares(part: Population, whole: Population, group: Any) -> tuple[float, float]:
    if (part.feature, set(part.shares)) != (whole.feature, set(whole.shares)):
        raise AuditError(
            f'"{part.name}" and "{whole.name}" do not count the same groups. Take two populations of one feature.'
        )
    if group not in list(part.shares):
        shown = clean(str(group))
        raise AuditError(
            f'"{shown}" is not a group of "{part.name}".{nearest(shown, part.shares)} Groups: {", ".join(part.shares)}.'
        )
    return part.shares[group], whole.shares[group]
