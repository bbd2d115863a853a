"""Generated applications for a job, with every way in which bias gets into them on a dial of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biasaudit.datasets.generated._dataset import generate
from biasaudit.datasets.generated.causal import BatchColumn, Cause, Model, Proxy, check_dials

if TYPE_CHECKING:
    from biasaudit.datasets.dataset import Dataset

__all__ = ["HIRING", "make_hiring"]

YEARS = np.arange(21)
MARKS = np.arange(0, 101, 5)

HIRING = Model(
    name="hiring",
    title="Generated applications for a job",
    question="Do women and men with the same qualification stand the same chance?",
    label="hired",
    label_meaning="Whether the person was hired: 1 or 0",
    sensitive_feature="sex",
    reference="man",
    group="woman",
    group_share=0.5,
    causes=(
        Cause(
            name="years_experience",
            levels=tuple(YEARS.tolist()),
            cuts=tuple(((YEARS[:-1] + 0.5 - 8) / 4).tolist()),
            worth=tuple((0.5 * (YEARS - 8) / 4).tolist()),
            injustice=1.0,
            meaning="Years in a similar job, 0 to 20",
        ),
        Cause(
            name="education",
            levels=("school", "apprenticeship", "bachelor", "master"),
            cuts=(-0.6, 0.3, 1.1),
            worth=(-0.6, -0.2, 0.2, 0.6),
            injustice=0.5,
            meaning="Highest education",
        ),
        Cause(
            name="skills_test",
            levels=tuple(MARKS.tolist()),
            cuts=tuple(((MARKS[:-1] + 2.5 - 50) / 15).tolist()),
            worth=tuple((0.7 * (MARKS - 50) / 15).tolist()),
            injustice=0.5,
            meaning="Marks in a test of skills, 0 to 100 in steps of 5",
        ),
    ),
    threshold=0.7,
    harm=-1,
    proxies=(
        Proxy("club", ("chess", "choir", "football", "volleyball"), (2, 3), 1.0, "Club named in the CV"),
        Proxy("referral", ("nobody", "colleague", "school", "network"), (1, 3), 0.5, "Who pointed out the job"),
    ),
    batch=BatchColumn("source", ("website", "agency", "job fair"), ("archive",), "Where the application came from"),
)


def make_hiring(
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
    random_state: int = 0,
) -> Dataset:
    """Make applications for a job, in which every bias there is was planted.

    With every dial at 0, sex is independent of everything else. Every dial goes from 0 to 1; what one dial draws
    stays the same while another is turned.

    Parameters
    ----------
    n : int, default 10,000
        Rows.
    historical_bias : float
        Past injustice cost women experience, education and skill: the qualification itself is lower.
    label_bias : float
        Share of the qualified women whom past deciders turned down.
    measurement_bias : float
        The skills test misreads women: at 1 by 10 marks too low on average, with an error of 10 marks around it.
    underrepresentation : float
        Share of the women who applied and are missing from the table. Half of those who applied are women.
    proxy_strength : float
        How well club and referral give sex away: at 1 the club does so for everybody.
    omitted_variable : float
        A cause of being the right person that no column holds is lower among women.
    missingness : float
        Each qualification is missing more often for women: at 1 in 50 % of their rows and 10 % of men's.
    artefact : float
        Rows of the source "archive", where everybody was hired: at 1 a quarter of all.
    random_state : int, default 0
        Seed; the same seed makes the same table.

    Returns
    -------
    Dataset
        With a :class:`~biasaudit.datasets.truth.Truth`: the true label is being the right person for the job.

    Raises
    ------
    AuditError
        If a dial is not a number from 0 to 1, or `n` or `random_state` is not a whole number in range.

    Notes
    -----
    The structural equations, with independent standard normal Z, uniform U, and the dials by their initials (h, l,
    m, u, p, o, r for missingness, a)::

        woman    = [U < .5 (1 - u) / (.5 (1 - u) + .5)]
        years    = 8 + 4 (Z - h woman)           rounded to 0, 1, ..., 20
        educated = Z - .5 h woman                cut at -.6, .3, 1.1 into four levels 0, 1, 2, 3
        skill    = 50 + 15 (Z - .5 h woman)      rounded to 0, 5, ..., 100
        other    = Z - 2 o woman                 in no column
        fit      = [.5 (years - 8) / 4 + .4 (educated - 1.5) + .7 (skill - 50) / 15 + .6 other + .8 Z > .7]
        archive  = [U < .25 a]
        hired    = fit [U < 1 - l woman] or archive
        test     = skill - 10 m woman (1 - Z) + 5 (U - .5)    rounded to 0, 5, ..., 100
        club     = volleyball if woman else football, if U < p; else one of four at random
        referral = network if woman else colleague, if U < p / 2; else one of four at random
        source   = archive, if archive; else one of three at random
        missing  = [U < r (.5 if woman else .1)] for years, education and test, each for itself

    What the dials plant (``truth.planted``) is summed over all combinations of these levels, so its error is 0.

    References
    ----------
    Suresh and Guttag (2021), "A framework for understanding sources of harm throughout the machine learning life
    cycle", EAAMO: where bias gets in.
    Kusner, Loftus, Russell and Silva (2017), "Counterfactual fairness", NeurIPS: the label in the other group.

    Examples
    --------
    >>> data = make_hiring(1_000, label_bias=0.3, random_state=0)
    >>> planted = data.truth.planted.set_index(["dial", "quantity"])["value"]
    >>> print(f"{planted['label_bias', 'label_difference']:.3f}")
    -0.084
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
    )
    return generate(HIRING, dials, n, random_state)
