"""Generated people whose risk of a new arrest is scored: who is patrolled more is recorded more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from biasaudit.arguments import check_seed
from biasaudit.datasets.generated._dataset import generate
from biasaudit.datasets.generated.causal import BatchColumn, Cause, Dials, Model, Proxy, check_count, check_dials
from biasaudit.datasets.generated.laws import true_rates
from biasaudit.datasets.generated.policing import simulate_patrols

if TYPE_CHECKING:
    from biasaudit.datasets.dataset import Dataset

__all__ = ["make_recidivism"]

AGES = np.arange(18, 70)
ARRESTS = np.arange(16)
PATROLS = 100  # arrests recorded before the first round of the feedback loop
MOST_ROUNDS = 100_000

RECIDIVISM = Model(
    name="recidivism",
    title="Generated people before a court, arrested again or not",
    question="Do Black and white people with the same history run the same risk of a new arrest on record?",
    label="rearrested",
    label_meaning="Whether a new arrest was recorded within two years: 1 or 0",
    sensitive_feature="race",
    reference="white",
    group="black",
    group_share=0.4,
    causes=(
        Cause(
            name="age",
            levels=tuple(AGES.tolist()),
            cuts=tuple(ndtri(-np.expm1(-(AGES[1:] - 18) / 14)).tolist()),
            worth=tuple((-0.03 * (AGES - 30)).tolist()),
            injustice=0.0,
            meaning="Age in years, 18 to 69",
        ),
        Cause(
            name="charge",
            levels=("misdemeanor", "felony"),
            cuts=(0.3,),
            worth=(0.0, 0.4),
            injustice=1.0,
            meaning="Degree of the present charge",
        ),
        Cause(
            name="prior_arrests",
            levels=tuple(ARRESTS.tolist()),
            cuts=tuple((np.log(ARRESTS[1:]) / 0.9).tolist()),
            worth=tuple((0.25 * ARRESTS).tolist()),
            injustice=1.0,
            meaning="Earlier arrests on record, 0 to 15",
        ),
    ),
    threshold=0.7,
    harm=1,
    proxies=(
        Proxy("neighbourhood", ("north", "east", "south", "west", "centre"), (3, 1), 1.0, "Where the person lives"),
        Proxy("housing", ("owns", "rents", "with family"), (0, 1), 0.5, "How the person lives"),
    ),
    batch=BatchColumn(
        "screening_month",
        tuple(f"2023-{month:02}" for month in range(1, 13)),
        ("2024-01", "2024-02", "2024-03"),
        "Month of the screening",
    ),
)


def make_recidivism(
    n: int = 10_000,
    *,
    historical_bias: float = 0,
    label_bias: float = 0,
    measurement_bias: float = 0,
    underrepresentation: float = 0,
    proxy_strength: float = 0,
    omitted_variable: float = 0,
    missingness: float = 0,
    artefact: float = 0,
    policing: float = 0,
    rounds: int = 0,
    random_state: int = 0,
) -> Dataset:
    """Make people before a court, whose label is a new arrest on record and whose truth is a new offence.

    With every dial and `rounds` at 0, race is independent of everything else and every offence is recorded. Every
    dial goes from 0 to 1; what one dial draws stays the same while another is turned.

    Parameters
    ----------
    n : int, default 10,000
        Rows.
    historical_bias : float
        Past injustice (exclusion, poverty, harsher charging) moved the causes of a new offence themselves.
    label_bias : float
        Share of the Black people without a new offence who were recorded as arrested again all the same.
    measurement_bias : float
        Earlier arrests of Black people are misread: at 1 by two too many on average, give or take two.
    underrepresentation : float
        Share of the Black people who are missing from the table. Of all who came before the court, 40 % are Black.
    proxy_strength : float
        How well neighbourhood and housing give race away: at 1 the neighbourhood does so for everybody.
    omitted_variable : float
        A cause of a new offence that no column holds, such as no work and no home after release, is more frequent
        among Black people.
    missingness : float
        Each cause is missing more often for Black people: at 1 in 50 % of their rows and 10 % of others'.
    artefact : float
        Rows screened in the last three months, where only people arrested again were kept: at 1 a quarter of all.
    policing : float
        Patrols begin with a share of ``(1 + policing) / 2`` in the neighbourhoods of Black people. At an even share
        every offence is recorded; offences beyond the reach of the patrols are not.
    rounds : int, default 0
        Rounds in which patrols follow recorded arrests, from an urn of 100, as in
        :func:`~biasaudit.datasets.generated.policing.simulate_patrols`. 0 leaves them where they are; more let chance,
        and every real difference, move them.
    random_state : int, default 0
        Seed; the same seed makes the same table.

    Returns
    -------
    Dataset
        With a :class:`~biasaudit.datasets.truth.Truth`: the true label is a new offence. With `rounds`, the planted
        values are those of the patrols where they ended.

    Raises
    ------
    AuditError
        If a dial is not a number from 0 to 1, or `n`, `rounds` or `random_state` is not a whole number in range.

    Notes
    -----
    The structural equations, with independent standard normal Z, uniform U, and the dials by their initials (h, l,
    m, u, p, o, r for missingness, a; s is the share of patrols, (1 + policing) / 2 when `rounds` is 0)::

        black     = [U < .4 (1 - u) / (.4 (1 - u) + .6)]
        age       = 18 + a waiting time of mean 14, whole years, at most 69
        felony    = [Z + h black > .3]
        earlier   = exp(.9 (Z + h black))         whole part, at most 15
        other     = Z + 2 o black                 in no column
        offence   = [-.03 (age - 30) + .4 felony + .25 earlier + .6 other + .8 Z > .7]
        seen      = [U < min(1, 2 s if black else 2 (1 - s))]
        late      = [U < .25 a]
        rearrested = offence seen or (not offence) black [U < l] or late
        prior_arrests = earlier + m black (2 + 2 Z) + U - .5    rounded to 0, 1, ..., 15
        neighbourhood = east if black else west, if U < p; else one of five at random
        housing   = rents if black else owns, if U < p / 2; else one of three at random
        month     = one of 2024-01 to 03, if late; else one of 2023-01 to 12 at random
        missing   = [U < r (.5 if black else .1)] for age, charge and prior_arrests, each for itself

    What the dials plant (``truth.planted``) is summed over all combinations of these levels, so its error is 0.

    References
    ----------
    Ensign, Friedler, Neville, Scheidegger and Venkatasubramanian (2018), "Runaway feedback loops in predictive
    policing", PMLR 81.
    Barenstein (2019), "ProPublica's COMPAS data revisited", arXiv:1906.04711: the artefact.

    Examples
    --------
    >>> data = make_recidivism(1_000, policing=0.3, random_state=0)
    >>> planted = data.truth.planted.set_index(["dial", "quantity"])["value"]
    >>> print(f"{planted['policing', 'label_difference']:.3f} {planted['all', 'true_label_difference']:.3f}")
    0.115 0.000
    """
    dials = check_dials(
        historical_bias=historical_bias,
        label_bias=label_bias,
        measurement_bias=measurement_bias,
        underrepresentation=underrepresentation,
        proxy_strength=proxy_strength,
        omitted_variable=omitted_variable,
        missingness=missingness,
        artefact=artefact,
        policing=policing,
    )
    rounds = check_count("rounds", rounds, most=MOST_ROUNDS)
    if rounds:
        dials = _patrolled(dials, rounds, check_seed(random_state))
    return generate(RECIDIVISM, dials, n, random_state)


def _patrolled(dials: Dials, rounds: int, random_state: int) -> Dials:
    """Let patrols follow arrests, and turn `policing` to where they ended; below 0 they left the group."""
    white, black = true_rates(RECIDIVISM, dials)
    initial = (PATROLS * (1 + dials.policing) / 2, PATROLS * (1 - dials.policing) / 2)
    shares = simulate_patrols(rounds, 1, initial=initial, offence_rates=(black, white), random_state=random_state)
    return replace(dials, policing=2 * float(shares[0, -1]) - 1)
