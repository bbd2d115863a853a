"""Models of tables with text and numbers: what makes numbers of such a table, and the classifiers that learn."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from biasaudit.arraytypes import Floats
from biasaudit.counts.values import MISSING, canonical
from biasaudit.errors import AuditError
from biasaudit.lookup import by_name
from biasaudit.names import clean

__all__ = [
    "MODELS",
    "REGRESSORS",
    "Encoder",
    "TabularModel",
    "canonical_texts",
    "make_classifier",
    "make_model",
    "make_regressor",
]

MOST_LEVELS = 1_000


class Encoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns a table of text and numbers into numbers: scaled, filled where missing, one column for each text.

    Numbers are filled with their median and scaled to mean 0 and variance 1; a column says where one was missing.
    Text gets a 0/1 column for each value seen in training, a missing one included; a value never seen before gets 0 in
    all of them.

    Attributes
    ----------
    numbers_, texts_ : list
        Columns read as numbers and as text.
    n_features_in_ : int

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [20.0, 40.0, None], "degree": ["F", "M", "F"]})
    >>> encoder = Encoder().fit(frame)
    >>> encoder.transform(pd.DataFrame({"age": [30.0], "degree": ["other"]})).round(2).tolist()
    [[0.0, 0.0, 0.0, 0.0]]
    """

    def fit(self, X: Any, y: Any = None) -> Encoder:
        """Learn medians, scales and texts.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
            Columns of text and numbers.
        y : ignored

        Returns
        -------
        Encoder

        Raises
        ------
        AuditError
            If a column holds dates, nested or infinite values, or more than 1,000 different texts.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"degree": ["F", "M", "F"], "age": [20, 30, None]})
        >>> encoder = Encoder().fit(frame)
        >>> encoder.numbers_, encoder.texts_
        (['age'], ['degree'])
        """
        from sklearn.compose import ColumnTransformer
        from sklearn.impute import MissingIndicator, SimpleImputer
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        frame = self._frame(X, reset=True)
        self.numbers_ = [name for name in frame if _is_number(frame[name])]
        self.texts_ = [name for name in frame if name not in set(self.numbers_)]
        filled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        self.columns_ = ColumnTransformer(
            [
                ("numbers", filled, self.numbers_),
                ("missing", MissingIndicator(error_on_new=False), self.numbers_),
                ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), self.texts_),
            ],
            sparse_threshold=0,
        ).fit(self._plain(frame))
        return self

    def transform(self, X: Any) -> Floats:
        """Turn rows into numbers, shape (rows, encoded columns); those of `numbers_` come first.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
            The columns that were learnt.

        Returns
        -------
        float array of shape (rows, encoded columns)
            No value is missing.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"degree": ["F", "M", "F"], "age": [20, 30, None]})
        >>> Encoder().fit(frame).transform(frame).round(2).tolist()
        [[-1.22, 0.0, 1.0, 0.0], [1.22, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]]
        """
        check_is_fitted(self)
        return np.asarray(self.columns_.transform(self._plain(self._frame(X, reset=False))), dtype=float)

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if not len(X):
                raise AuditError("The table has no rows: 0 sample(s) found. Check the filter that made it.")
            return X
        return pd.DataFrame(validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False))

    def _plain(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Write numbers as floats and everything else as text, each column as it was read in training."""
        columns: dict[Any, NDArray[Any]] = {name: _floats(frame[name]) for name in self.numbers_}
        columns |= {name: canonical_texts(frame[name]) for name in self.texts_}
        return pd.DataFrame(columns, index=frame.index)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags


def _is_number(column: pd.Series) -> bool:
    name = clean(str(column.name))
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
        raise AuditError(
            f'The model cannot take "{name}": it holds dates or times ({column.dtype}). '
            "Make a column of numbers or periods of it, or leave it out of the features."
        )
    if pd.api.types.is_complex_dtype(column):
        raise AuditError(f'The model cannot take "{name}": Complex data not supported. Leave it out of the features.')
    if pd.api.types.is_numeric_dtype(column):
        return True
    known = column.dropna()
    if column.dtype == object and len(known) and not known.map(lambda value: isinstance(value, str)).any():
        try:
            check_array(known.to_numpy()[:, None], dtype=float)
        except (TypeError, ValueError) as error:
            raise AuditError(
                f'The model cannot take "{name}": it holds {type(known.iloc[0]).__name__} values ({error}; argument '
                "must be a string or a number). Make it a column of text or numbers, or leave it out of the features."
            ) from None
        return True
    levels = known.nunique()
    if levels > MOST_LEVELS:
        raise AuditError(
            f'The model cannot take "{name}": {levels:,} different texts are more than {MOST_LEVELS:,}, each a column. '
            "Join rare ones, or leave it out of the features."
        )
    return False


def _floats(column: pd.Series) -> Floats:
    try:
        values = column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise AuditError(
            f'"{clean(str(column.name))}" held numbers in training and now holds {column.dtype}. '
            "Give rows of the same kind."
        ) from None
    if np.isinf(values).any():
        raise AuditError(
            f'The model cannot take "{clean(str(column.name))}": it holds infinity. '
            "Make such values missing, or leave the column out of the features."
        )
    return values


def canonical_texts(column: pd.Series) -> NDArray[np.object_]:
    """Write every value of a column as its canonical text, missing ones as "(missing)".

    Parameters
    ----------
    column : Series
        Of values of any kind.

    Returns
    -------
    array of str

    Examples
    --------
    >>> import pandas as pd
    >>> canonical_texts(pd.Series([1, 2.0, None, "x"])).tolist()
    ['1', '2', '(missing)', 'x']
    """
    codes, values = pd.factorize(column, use_na_sentinel=True)
    names = np.array([*(canonical(value) for value in values), MISSING], dtype=object)
    return names[codes]


@dataclass(frozen=True)
class TabularModel:
    """A classifier that can be asked for by name.

    Parameters
    ----------
    name, label : str
        What to ask for it by, and what reports call it.
    make : callable
        Makes the classifier of encoded numbers from a random state.
    source : str
        Who described it.
    extra : str
        The extra of this package that it needs, if any.

    Examples
    --------
    >>> from biasaudit.models.tabular import MODELS
    >>> for model in MODELS:
    ...     print(f"{model.label} ({model.source})")
    Logistic regression (Cox 1958)
    Gradient boosting (Friedman 2001; Ke et al. 2017)
    Neural network (Rosenblatt 1962; Rumelhart et al. 1986)
    >>> MODELS[0].installed
    True
    """

    name: str
    label: str
    make: Callable[[int | None], Any]
    source: str
    extra: str = ""

    @property
    def installed(self) -> bool:
        """Whether what it needs is installed."""
        return not self.extra or all(importlib.util.find_spec(name) for name in ("torch", "skorch"))


def _logistic_regression(random_state: int | None) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1_000, random_state=random_state)


def _gradient_boosting(random_state: int | None) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=random_state)


def _mlp(random_state: int | None) -> Any:
    try:
        from biasaudit.models.network import NetworkClassifier
    except ImportError:
        raise AuditError('model="mlp" needs PyTorch. Install it: pip install "biasaudit[torch]".') from None
    return NetworkClassifier(random_state=random_state)


MODELS = (
    TabularModel("logistic_regression", "Logistic regression", _logistic_regression, "Cox 1958"),
    TabularModel("gradient_boosting", "Gradient boosting", _gradient_boosting, "Friedman 2001; Ke et al. 2017"),
    TabularModel("mlp", "Neural network", _mlp, "Rosenblatt 1962; Rumelhart et al. 1986", extra="torch"),
)


def _linear_regression(_random_state: int | None) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def _boosted_numbers(random_state: int | None) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(random_state=random_state)


REGRESSORS = (
    TabularModel("linear_regression", "Linear regression", _linear_regression, "Legendre 1805; Gauss 1809"),
    TabularModel("gradient_boosting", "Gradient boosting", _boosted_numbers, "Friedman 2001; Ke et al. 2017"),
)


def make_regressor(name: str, random_state: int | None = None) -> Any:
    """Make a model that predicts a number, of encoded numbers, by its name in `REGRESSORS`.

    Parameters
    ----------
    name : str
        That of a row of `REGRESSORS`.
    random_state : int, optional
        Seed of all that is drawn.

    Returns
    -------
    estimator
        A regressor of scikit-learn's kind.

    Raises
    ------
    AuditError
        If there is no such model.

    Examples
    --------
    >>> make_regressor("linear_regression")
    LinearRegression()
    """
    return by_name(REGRESSORS, name, "a model of a number", "Models").make(random_state)


def make_classifier(name: str, random_state: int | None = None) -> Any:
    """Make a classifier of numbers by its name in `MODELS`.

    Parameters
    ----------
    name : str
        That of a row of `MODELS`.
    random_state : int, optional
        Seed of all that is drawn.

    Returns
    -------
    estimator
        A classifier of scikit-learn's kind.

    Raises
    ------
    AuditError
        If there is no such model, or what it needs is not installed.

    Examples
    --------
    >>> type(make_classifier("gradient_boosting")).__name__
    'HistGradientBoostingClassifier'
    """
    return by_name(MODELS, name, "a model", "Models").make(random_state)


def make_model(name: str, random_state: int | None = None) -> Pipeline:
    """Make a classifier of tables with text and numbers: an :class:`Encoder` and a classifier of `MODELS`.

    Parameters
    ----------
    name : str
        That of a row of `MODELS`.
    random_state : int, optional
        Seed of all that is drawn.

    Returns
    -------
    Pipeline

    Raises
    ------
    AuditError
        If there is no such model, or what it needs is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"degree": ["F", "M"] * 20, "age": range(40)})
    >>> model = make_model("logistic_regression").fit(frame, [0, 1] * 20)
    >>> model.predict(pd.DataFrame({"degree": ["M", "F", "never seen"], "age": [20, None, 1]})).tolist()[:2]
    [1, 0]
    """
    return make_pipeline(Encoder(), make_classifier(name, random_state))
