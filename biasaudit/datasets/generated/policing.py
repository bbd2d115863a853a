"""Patrols that follow recorded arrests: the feedback loop of predictive policing as an urn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.datasets.generated.causal import NUMBER, check_count
from biasaudit.errors import AuditError
from biasaudit.names import clean

__all__ = ["simulate_patrols"]

MOST_STEPS = 100_000_000


def simulate_patrols(
    rounds: int = 5_000,
    runs: int = 1_000,
    *,
    initial: Sequence[float] = (37, 63),
    offence_rates: Sequence[float] = (1.0, 1.0),
    corrected: bool = False,
    random_state: int = 0,
) -> Floats:
    """Send patrols where arrests were recorded, many times over, and return where they end.

    An urn holds a ball for every recorded arrest in two neighbourhoods. Each round draws a ball and sends the patrol
    to its neighbourhood; an offence found there adds a ball. Where offences are as frequent in both, the share of
    patrols is a martingale: the history it began with is never forgotten, and the runs spread to a Beta distribution
    with `initial` as parameters. Where they are not, patrols run away to one neighbourhood. The corrected update adds
    the ball only with the share of patrols that went elsewhere, so that both are learnt from alike and the share goes
    to that of offences.

    Parameters
    ----------
    rounds, runs : int
        Length and number of histories.
    initial : two positive numbers
        Arrests recorded before the first round; one of them may be 0.
    offence_rates : two numbers from 0 to 1
        Chance that a patrol finds an offence in either neighbourhood.
    corrected : bool
        Whether to use the corrected update.
    random_state : int
        Seed of all that is drawn.

    Returns
    -------
    float array of shape (runs, rounds + 1)
        Chance that the next patrol goes to the first neighbourhood, from before the first round to after the last.

    Raises
    ------
    AuditError
        If an argument is out of range.

    References
    ----------
    Ensign, Friedler, Neville, Scheidegger and Venkatasubramanian (2018), "Runaway feedback loops in predictive
    policing", PMLR 81: the urn (section 3) and its correction (section 4).
    Lum and Isaac (2016), "To predict and serve?", Significance 13(5).

    Examples
    --------
    >>> naive = simulate_patrols(2_000, 200)
    >>> corrected = simulate_patrols(20_000, 20, corrected=True)
    >>> print(f"{naive[:, -1].mean():.2f} {corrected[:, -1].mean():.2f}")
    0.37 0.50
    """
    rounds = check_count("rounds", rounds, most=MOST_STEPS)
    runs = check_count("runs", runs, least=1, most=MOST_STEPS // (rounds + 1) or 1)
    seed = check_count("random_state", random_state, most=2**32 - 1)
    first, second = _pair("initial", initial, np.inf)
    rates = _pair("offence_rates", offence_rates, 1.0)
    if first + second == 0:
        raise AuditError("initial holds no arrests at all. Give at least one neighbourhood a positive number.")
    random = np.random.default_rng(seed)
    arrests = np.tile([[first], [second]], runs)
    shares = np.empty((rounds + 1, runs))
    shares[0] = first / (first + second)
    for step in range(rounds):  # a round depends on the one before; the runs are one array
        goes, finds = random.random((2, runs))
        there = goes < shares[step]
        chance = np.where(there, *rates)
        if corrected:
            chance = chance * np.where(there, 1 - shares[step], shares[step])
        found = finds < chance
        arrests += (found & there, found & ~there)
        shares[step + 1] = arrests[0] / arrests.sum(axis=0)
    return shares.T


def _pair(name: str, values: Any, most: float) -> tuple[float, float]:
    pair = list(values) if isinstance(values, (Sequence, np.ndarray)) else []
    bad = [v for v in pair if isinstance(v, bool) or not isinstance(v, NUMBER) or not 0 <= v <= most]
    if len(pair) != 2 or bad or not np.isfinite(pair).all():
        bounds = "not below 0" if most == np.inf else f"from 0 to {most:g}"
        raise AuditError(f"{name}={clean(str(values))} is out of range. Give two numbers {bounds}.")
    return float(pair[0]), float(pair[1])
