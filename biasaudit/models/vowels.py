"""A vowel recogniser of the textbook kind: formants at one moment, nearest mean. What it learnt from is what it hears.

Women and children have shorter vocal tracts, hence higher formants for one and the same vowel. A recogniser that heard
only men takes the difference for another vowel; people do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMANTS", "VowelClassifier", "held_out_vowels", "vowel_errors"]

FORMANTS = ("F1", "F2", "F3")
MOST_SPLITS = 10_000


class VowelClassifier:
    """Names the vowel whose mean log formants are nearest, by the Mahalanobis distance of the pooled covariance.

    The same as linear discriminant analysis with vowels that are equally likely.

    Attributes
    ----------
    classes_ : array of shape (vowels,)
    means_ : float array of shape (vowels, formants)
        Mean natural logarithm of Hz.
    whiten_ : float array of shape (formants, formants)
        Inverse root of the covariance within vowels: distances after it are Euclidean.

    References
    ----------
    Hillenbrand, Getty, Clark and Wheeler (1995), JASA 97(5), section III, for discriminant analysis of these vowels;
    Fisher (1936).

    Examples
    --------
    >>> hertz = [[300, 2300, 3000], [310, 2200, 2900], [290, 2350, 3100]]
    >>> hertz += [[700, 1100, 2500], [720, 1150, 2450], [690, 1080, 2550]]
    >>> VowelClassifier().fit(hertz, ["iy"] * 3 + ["ah"] * 3).predict([[350, 2100, 2800]]).tolist()
    ['iy']
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> VowelClassifier:
        """Learn the mean of each vowel and the covariance within vowels.

        Parameters
        ----------
        X : array of shape (tokens, formants)
            Hz, all measured.
        y : array of shape (tokens,)
            Their vowels.

        Returns
        -------
        VowelClassifier

        Raises
        ------
        AuditError
            If a frequency is missing or not above 0, or there are too few tokens for a covariance.

        Examples
        --------
        >>> hertz = [[300, 2300, 3000], [310, 2200, 2900], [290, 2350, 3100]]
        >>> hertz += [[700, 1100, 2500], [720, 1150, 2450], [690, 1080, 2550]]
        >>> VowelClassifier().fit(hertz, ["iy"] * 3 + ["ah"] * 3).classes_.tolist()
        ['ah', 'iy']
        """
        logs = _logs(X)
        self.classes_, at = np.unique(np.asarray(y), return_inverse=True)
        counts = np.bincount(at)
        self.means_: Floats = np.stack([np.bincount(at, column) for column in logs.T], axis=1) / counts[:, None]
        residuals = logs - self.means_[at]
        free = len(logs) - len(self.classes_)
        covariance = residuals.T @ residuals / max(free, 1)
        if free < logs.shape[1] or np.linalg.matrix_rank(covariance) < logs.shape[1]:
            raise AuditError(
                f"{len(logs)} tokens of {len(self.classes_)} vowels are too few to learn how formants vary. Give more."
            )
        self.whiten_: Floats = np.linalg.inv(np.linalg.cholesky(covariance)).T
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Name the nearest vowel of each token.

        Parameters
        ----------
        X : array of shape (tokens, formants)
            Hz, all measured.

        Returns
        -------
        array

        Raises
        ------
        AuditError
            If a frequency is missing or not above 0, or nothing was learnt yet.

        Examples
        --------
        >>> hertz = [[300, 2300, 3000], [310, 2200, 2900], [290, 2350, 3100]]
        >>> hertz += [[700, 1100, 2500], [720, 1150, 2450], [690, 1080, 2550]]
        >>> fitted = VowelClassifier().fit(hertz, ["iy"] * 3 + ["ah"] * 3)
        >>> fitted.predict([[350, 2100, 2800], [650, 1200, 2500]]).tolist()
        ['iy', 'ah']
        """
        if not hasattr(self, "means_"):
            raise AuditError("This VowelClassifier has learnt nothing yet. Call fit first.")
        away = (_logs(X)[:, None, :] - self.means_) @ self.whiten_
        named: NDArray[Any] = self.classes_[(away**2).sum(axis=2).argmin(axis=1)]
        return named


def _logs(X: ArrayLike) -> Floats:
    hertz = np.asarray(X, dtype=float)
    if hertz.ndim != 2 or not (hertz > 0).all():
        raise AuditError("Formants are missing or not above 0 Hz. Give tokens of which every formant was measured.")
    return np.asarray(np.log(hertz))


def held_out_vowels(frame: pd.DataFrame, *, train_on: Sequence[str] = ("men",), random_state: int = 0) -> pd.DataFrame:
    """Learn from half of the talkers of some groups and name the vowels of everyone else.

    Parameters
    ----------
    frame : DataFrame
        Columns talker, group, vowel, F1, F2, F3; tokens with a formant missing are left out.
    train_on : sequence of str
        Groups of whom half the talkers, rounded down, are learnt from.
    random_state : int
        Seed of which talkers these are.

    Returns
    -------
    DataFrame
        The tokens of talkers that nothing was learnt from, with `named`, the vowel it was taken for, and `wrong`,
        0 or 1. A talker has several rows: keep them together, `cluster="talker"`.

    Raises
    ------
    AuditError
        If a group is not in the data, or has fewer than two talkers.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> centres = {"iy": (300, 2300, 3000), "ah": (700, 1100, 2500), "uw": (320, 900, 2300)}
    >>> rows = [
    ...     (f"{group}{i}", group, vowel, *(np.array(centre) * longer * rng.normal(1, 0.05, 3)))
    ...     for group, longer in (("men", 1), ("women", 1.6)) for i in range(6) for vowel, centre in centres.items()
    ... ]
    >>> frame = pd.DataFrame(rows, columns=["talker", "group", "vowel", "F1", "F2", "F3"])
    >>> tokens = held_out_vowels(frame, train_on=("men",))
    >>> tokens.groupby("group")["talker"].nunique().to_dict()
    {'men': 3, 'women': 6}
    """
    whole = frame.dropna(subset=list(FORMANTS))
    rng = np.random.default_rng(random_state)
    learnt: list[str] = []
    for group in dict.fromkeys(train_on):
        talkers = sorted(whole.loc[whole["group"] == group, "talker"].unique())
        if len(talkers) < 2:
            groups = sorted(whole["group"].unique())
            raise AuditError(
                f'train_on names "{clean(str(group))}", of which there are not two talkers.'
                f"{nearest(str(group), groups)} Groups: {', '.join(groups)}."
            )
        learnt += rng.permutation(talkers)[: len(talkers) // 2].tolist()
    known = whole["talker"].isin(learnt)
    model = VowelClassifier().fit(whole.loc[known, list(FORMANTS)], whole.loc[known, "vowel"])
    rest = whole[~known]
    named = model.predict(rest[list(FORMANTS)])
    return rest.assign(named=named, wrong=(named != rest["vowel"].to_numpy()).astype(int))


def vowel_errors(
    frame: pd.DataFrame, *, train_on: Sequence[str] = ("men",), splits: int = 20, random_state: int = 0
) -> pd.DataFrame:
    """Count errors near each group over several splits into talkers to learn from and talkers to be heard.

    Parameters
    ----------
    frame, train_on
        As for :func:`held_out_vowels`.
    splits : int
        How often talkers are dealt anew.
    random_state : int
        Seed of the first split; the next one has the next number.

    Returns
    -------
    DataFrame
        Columns split, group, talkers, tokens, wrong, error_rate.

    Raises
    ------
    AuditError
        If `splits` is out of range; else as :func:`held_out_vowels`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> centres = {"iy": (300, 2300, 3000), "ah": (700, 1100, 2500), "uw": (320, 900, 2300)}
    >>> rows = [
    ...     (f"{group}{i}", group, vowel, *(np.array(centre) * longer * rng.normal(1, 0.05, 3)))
    ...     for group, longer in (("men", 1), ("women", 1.6)) for i in range(6) for vowel, centre in centres.items()
    ... ]
    >>> frame = pd.DataFrame(rows, columns=["talker", "group", "vowel", "F1", "F2", "F3"])
    >>> errors = vowel_errors(frame, splits=5)
    >>> errors.groupby("group")["error_rate"].mean().round(2).to_dict()
    {'men': 0.0, 'women': 0.4}
    """
    import pandas as pd

    if isinstance(splits, bool) or not isinstance(splits, int) or not 1 <= splits <= MOST_SPLITS:
        raise AuditError(
            f"splits={clean(repr(splits))} is out of range. Give a whole number from 1 to {MOST_SPLITS:,}."
        )
    found = []
    for split in range(splits):
        tokens = held_out_vowels(frame, train_on=train_on, random_state=random_state + split)
        by_group = tokens.groupby("group", observed=True).agg(
            talkers=("talker", "nunique"), tokens=("wrong", "size"), wrong=("wrong", "sum")
        )
        found.append(by_group.reset_index().assign(split=split, error_rate=lambda rows: rows["wrong"] / rows["tokens"]))
    return pd.concat(found, ignore_index=True)[["split", "group", "talkers", "tokens", "wrong", "error_rate"]]
