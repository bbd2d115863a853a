"""Learning curves by group, counted from trainings of several sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biasaudit.arraytypes import Floats
from biasaudit.audits.learning._extrapolation import LearningCurves
from biasaudit.counts.columns import check_column_exists
from biasaudit.errors import AuditError
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LearningCurves", "learning_curves"]

DRAWS = 2_000


def learning_curves(
    frame: pd.DataFrame,
    *,
    added: str,
    errors: str,
    group: str,
    cluster: str,
    repeat: str,
    trials: str | None = None,
    unit: str = "speakers",
    confidence: float = 0.95,
    random_state: int = 0,
) -> LearningCurves:
    """Count the errors of each group by how many were added to training, with the uncertainty of people and trainings.

    Parameters
    ----------
    frame : DataFrame
        A row a trial, or some trials of one person.
    added : str
        Column of whole numbers: how many were added to the training that was tested in the row.
    errors, trials : str
        Columns of counts; one trial a row where `trials` is left out.
    group, cluster : str
        Columns of the group that is tested, and of who is: rows of a person belong together.
    repeat : str
        Column of which training: another seed or other people in it. From fewer than five nobody is told how many
        more it takes.
    unit : str
        What was added, for people.
    confidence : float
        Of the intervals, above 0.5 and below 1; one minus it is the level of the verdicts.
    random_state : int
        Seed of all that is drawn.

    Returns
    -------
    LearningCurves

    Raises
    ------
    AuditError
        If a column is missing, fewer than three sizes were tried, or a group was not tested at every size.

    References
    ----------
    Hestness et al. (2017), "Deep learning scaling is predictable, empirically", for the law. Davison and Hinkley
    (1997), Bootstrap Methods and their Application, section 3.8, for resampling people whole. Owen (2007), "The
    pigeonhole bootstrap", for people and trainings that are crossed: what both share is counted twice, to be safe.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     {"added": k, "seed": seed, "who": f"{g}{i}", "sex": g, "wrong": w, "words": 100}
    ...     for seed in range(5) for i in range(20) for g, k, w in
    ...     [(g, k, round(5 + (g == "f") * (2 + 40 / (k + 1)) + i % 3)) for g in "fm" for k in (0, 1, 3, 7, 15)]
    ... ]
    >>> curves = learning_curves(pd.DataFrame(rows), added="added", errors="wrong", trials="words", group="sex",
    ...                          cluster="who", repeat="seed", unit="women")
    >>> curves.needed("f", "m").sentence
    'About 13 more women (11 to 17) would bring the gap between f and m within 5.0 points.'
    """
    columns = {"added": added, "errors": errors, "group": group, "cluster": cluster, "repeat": repeat}
    for role, name in (columns | ({} if trials is None else {"trials": trials})).items():
        check_column_exists(role, name, list(map(str, frame.columns)))
    sizes, of_size = np.unique(frame[added].to_numpy(), return_inverse=True)
    if len(sizes) < 3:
        raise AuditError(f"{len(sizes)} sizes were tried; a curve takes three or more. Train with more sizes.")
    rng = np.random.default_rng(random_state)
    trainings, of_repeat = np.unique(frame[repeat].to_numpy(), return_inverse=True)
    # The same trainings are drawn for every group, since all were heard by them.
    repeats = rng.standard_normal((DRAWS, len(trainings))) * _wider(len(trainings), rng)
    wrong = frame[errors].to_numpy(float)
    tried = np.ones(len(frame)) if trials is None else frame[trials].to_numpy(float)
    names, of_group = np.unique(frame[group].to_numpy().astype(str), return_inverse=True)
    found = []
    for i, name in enumerate(names):
        rows = of_group == i
        _, person = np.unique(frame[cluster].to_numpy()[rows], return_inverse=True)
        place = of_repeat[rows], person, of_size[rows]
        shape = len(trainings), int(person.max()) + 1, len(sizes)
        sums = [_summed(part[rows], place, shape) for part in (wrong, tried)]
        if (sums[1].sum(axis=(0, 1)) == 0).any():
            raise AuditError(
                f'Nobody of "{clean(name)}" was tested at one of the sizes. Test every group at every size.'
            )
        found.append((*_curve(sums[0], sums[1], repeats, rng), shape[1]))
    curves, draws, clusters = zip(*found, strict=True)
    return LearningCurves(
        groups=tuple(names.tolist()),
        added=sizes.astype(np.int64),
        errors=np.stack(curves),
        draws=np.stack(draws, axis=1),
        clusters=clusters,
        trainings=len(trainings),
        unit=unit,
        confidence=confidence,
    )


def _summed(values: Floats, place: tuple[Any, ...], shape: tuple[int, ...]) -> Floats:
    out = np.zeros(shape)
    np.add.at(out, place, values)
    return out


def _curve(wrong: Floats, tried: Floats, repeats: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the errors at each size, and the same of each draw of people and trainings.

    People are resampled, trainings are too few for that: theirs are drawn as t of so many is.
    """
    n, totals = wrong.shape[1], tried.sum(axis=(0, 1))
    overall = wrong.sum(axis=(0, 1)) / totals
    resampled = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)
    above, below = (resampled @ part.sum(axis=0) for part in (wrong, tried))
    with np.errstate(invalid="ignore", divide="ignore"):
        # A draw without anybody at a size says what all do.
        by_person = np.where(below > 0, above / below, overall) - overall
    by_training = repeats @ ((wrong - overall * tried).sum(axis=1) / totals)
    return overall, np.clip(overall + _wider(n, rng) * by_person + by_training, 0, 1)


def _wider(number: int, rng: np.random.Generator) -> Floats:
    """Draw by how much t of so many units is wider than the spread among them, shape (draws, 1)."""
    if number < 2:
        return np.zeros((DRAWS, 1))
    return np.sqrt(number / rng.chisquare(number - 1, (DRAWS, 1)))
