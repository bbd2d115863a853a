"""Generated rankings: candidates for many jobs, sorted by a score that may mark one group down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from biasaudit.arguments import check_seed
from biasaudit.arraytypes import Bools, Floats, Ints
from biasaudit.datasets.dataset import Dataset
from biasaudit.datasets.generated._drawing import Noise, text_column
from biasaudit.datasets.generated._known import Planted, check_between, generated_card, planted_table
from biasaudit.datasets.generated.causal import MOST_ROWS, check_count
from biasaudit.datasets.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["make_ranking"]

GROUPS = ("native", "migrant")
SHARE = 0.4
# Quality from which a candidate is of the next grade of relevance: 0, 1, 2, 3.
CUTS = (-0.5, 0.5, 1.5)
TOPS = (1, 3, 5, 10)
MOST_CANDIDATES, MOST_SHIFT = 1_000, 3.0
# Standard deviations and points of the grid that expected ranks are summed over.
GRID_REACH, GRID_POINTS = 9.0, 4_001


@dataclass(frozen=True)
class Search:
    """How candidates are drawn and scored."""

    candidates: int
    bias: float = 0.0
    merit: float = 0.0
    noise: float = 0.0

    def turned(self) -> dict[str, float]:
        """Return the dials that are not at 0 and move one group."""
        return {name: value for name, value in {"bias": self.bias, "merit": self.merit}.items() if value}

    def only(self, dial: str) -> Search:
        """Turn every dial off but one."""
        return replace(self, bias=self.bias if dial == "bias" else 0.0, merit=self.merit if dial == "merit" else 0.0)

    @property
    def shift(self) -> float:
        """How far the scores of migrants lie below those of natives."""
        return self.merit + self.bias

    @property
    def spread(self) -> float:
        """Standard deviation of the scores of a group."""
        return float(np.hypot(1, self.noise))


def make_ranking(
    queries: int = 500,
    candidates: int = 20,
    *,
    bias: float = 0.5,
    merit: float = 0.0,
    noise: float = 0.5,
    random_state: int = 0,
) -> Dataset:
    """Make rankings of candidates for jobs, whose true relevance is known.

    Parameters
    ----------
    queries : int, default 500
        Jobs, each with candidates of its own.
    candidates : int, default 20
        Candidates for a job: two in five are migrants, on average.
    bias : float
        By how much the score marks migrants down, where a standard deviation of quality is 1.
    merit : float
        By how much migrants are of lower quality, on average; a gap that a fair score shows.
    noise : float
        Standard deviation of the score's error, the same for everyone.
    random_state : int, default 0
        Seed; the same seed makes the same table.

    Returns
    -------
    Dataset
        A row a candidate, with job, origin, relevance from 0 to 3, score and rank. `truth.label` is the rank by a
        score without bias, `truth.counterfactual` the rank that the candidate would have had with the other origin,
        and everybody else as they are; `truth.planted` holds, of endlessly many jobs:

        mean_relevance, mean_exposure
            By group; the exposure of a rank is 1 / log2(1 + rank).
        share_in_top_<k>
            By group: share of its people who stand among the first k.
        exposure_ratio
            Exposure of migrants over that of natives: 1 with neither bias nor a gap in merit.
        share_of_top_<k>
            Share of migrants among the first k: two in five with neither bias nor a gap in merit.

    Raises
    ------
    AuditError
        If a dial is out of its range, or a count or `random_state` is not a whole number in range.

    Notes
    -----
    The structural equations, with independent standard normal Z, uniform U, and the dials by their names::

        migrant = [U < .4]
        quality = Z - merit migrant
        relevance = how many of -.5, .5, 1.5 the quality passes
        score = quality - bias migrant + noise Z
        rank = 1 for the highest score of the job, then 2, 3, ...

    So that a rank's chance to hold a migrant is an integral over the scores of migrants, of the binomial chance that as
    many of the others are above: that is what `truth.planted` sums.

    References
    ----------
    Singh and Joachims (2018), "Fairness of exposure in rankings", KDD: exposure of a group, against its merit.

    Examples
    --------
    >>> data = make_ranking(2_000, bias=0.5, random_state=0)
    >>> top = data.frame[data.frame["rank"] <= 5]
    >>> print(f"{(top['origin'] == 'migrant').mean():.2f}")
    0.28
    >>> planted = data.truth.planted.query("dial == 'all'").set_index("quantity")["value"]
    >>> planted[["share_of_top_5", "exposure_ratio"]].round(2).tolist()
    [0.28, 0.85]
    """
    search = Search(
        check_count("candidates", candidates, least=2, most=MOST_CANDIDATES),
        check_between("bias", bias, 0, MOST_SHIFT, "standard deviations"),
        check_between("merit", merit, 0, MOST_SHIFT, "standard deviations"),
        check_between("noise", noise, 0, MOST_SHIFT, "standard deviations"),
    )
    jobs = check_count("queries", queries, least=1, most=MOST_ROWS // search.candidates)
    frame, truth = _drawn(search, jobs, check_seed(random_state))
    return Dataset(
        name="ranking",
        frame=frame,
        label=None,
        features=(),
        sensitive_features=("origin",),
        cluster="job",
        card=generated_card(
            "make_ranking",
            len(frame),
            title="Generated rankings of candidates for jobs",
            question="Do migrants stand as high in the list as natives of the same relevance?",
            columns=MEANINGS,
            faults=(f"{FAULTS[dial]} ({dial}={value:g})" for dial, value in search.turned().items()),
            words={"people": "candidates"},
        ),
        truth=truth,
        audit_arguments={
            "sensitive_features": ["origin"],
            "reference": {"origin": GROUPS[0]},
            "rank": "rank",
            "query": "job",
            "relevance": "relevance",
        },
    )


MEANINGS = {
    "job": "The job that the candidates are ranked for",
    "origin": "native or migrant",
    "relevance": "How well the candidate fits the job: 0 to 3",
    "score": "What the ranking sorts by, highest first",
    "rank": "Place in the list, 1 to the number of candidates",
}
FAULTS = {
    "bias": "The score marks migrants down.",
    "merit": "Migrants fit the jobs less well, on average.",
}


def _drawn(search: Search, jobs: int, seed: int) -> tuple[pd.DataFrame, Truth]:
    import pandas as pd

    rows = jobs * search.candidates
    noise = Noise(rows, seed)
    job = np.repeat(np.arange(jobs), search.candidates)
    migrant = noise.uniform("origin") < SHARE
    latent, error = noise.normal("quality"), search.noise * noise.normal("score")
    quality = latent - search.merit * migrant
    fair = quality + error
    score = fair - search.bias * migrant
    other = latent + error - search.shift * ~migrant
    frame = pd.DataFrame(
        {
            "job": job + 1,
            "origin": text_column(migrant.view(np.int8), GROUPS),
            "relevance": np.searchsorted(CUTS, quality),
            "score": score,
            "rank": _ranks(job, score, score),
        }
    )
    truth = Truth(_ranks(job, fair, fair), _ranks(job, score, other), planted_table(_planted(search)))
    return frame, truth


def _ranks(job: Ints, scores: Floats, moved: Floats) -> Ints:
    """Rank each candidate by the score it would move to, while all others of its job keep theirs."""
    rows = len(job)
    both = np.concatenate([scores, moved])
    order = np.lexsort((np.arange(2 * rows), -both, np.tile(job, 2)))
    kept = order < rows
    above = np.empty(2 * rows, dtype=np.int64)
    above[order] = np.cumsum(kept) - kept
    first = np.searchsorted(job, job)  # candidates of the jobs before
    itself: Bools = scores >= moved
    return above[rows:] - first - itself + 1


def _planted(search: Search) -> Iterator[Planted]:
    """Give what endlessly many jobs would show: with all dials as they stand, then with each alone."""
    native, migrant = GROUPS
    for dial in ("all", *search.turned()):
        alone = search if dial == "all" else search.only(dial)
        chances = _chances(alone)
        curve = 1 / np.log2(1 + np.arange(1, search.candidates + 1))
        people = search.candidates * np.array([1 - SHARE, SHARE])
        exposure = chances @ curve / people
        if dial == "all":
            for name, exposed, shift in ((native, exposure[0], 0.0), (migrant, exposure[1], search.merit)):
                yield dial, "mean_relevance", name, "", _relevance(shift)
                yield dial, "mean_exposure", name, "", float(exposed)
        yield dial, "exposure_ratio", migrant, native, float(exposure[1] / exposure[0])
        for top in TOPS:
            if top <= search.candidates:
                yield dial, f"share_of_top_{top}", migrant, "", float(chances[1, :top].sum() / top)
                for name, inside in zip(GROUPS, chances[:, :top].sum(axis=1) / people, strict=True):
                    yield dial, f"share_in_top_{top}", name, "", float(inside)


def _relevance(shift: float) -> float:
    """Mean relevance of candidates whose quality lies `shift` below 0 on average."""
    from scipy.stats import norm

    return float(norm.sf(np.array(CUTS) + shift).sum())


def _chances(search: Search) -> Floats:
    """Chance of each rank to hold somebody of each group, of shape (2, candidates)."""
    from scipy.stats import binom, norm

    means = np.array([[0.0], [-search.shift]]) / search.spread
    shares = np.array([[1 - SHARE], [SHARE]])
    grid = np.linspace(means.min() - GRID_REACH, GRID_REACH, GRID_POINTS)
    above = (shares * norm.sf(grid, means)).sum(axis=0)
    others = search.candidates - 1
    ranks = binom.pmf(np.arange(search.candidates)[:, None], others, above)
    chances: Floats = search.candidates * (shares * norm.pdf(grid, means)) @ ranks.T * (grid[1] - grid[0])
    return chances
