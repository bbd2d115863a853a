"""A small neural network of tables, trained by skorch, whose loss may look at the groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from skorch import NeuralNet
from torch import Tensor, nn

from biasaudit.arraytypes import Floats
from biasaudit.errors import AuditError
from biasaudit.models._losses import GroupRobustLoss, ParityLoss, WeightedLoss

__all__ = [
    "GroupRobustLoss",
    "NetworkClassifier",
    "ParityLoss",
    "WeightedLoss",
    "own_random_state",
    "probabilities",
    "train",
]

Loss = Callable[[Tensor, Tensor, dict[str, Tensor]], Tensor]


class _Layers(nn.Module):
    def __init__(self, inputs: int, hidden: Sequence[int]) -> None:
        super().__init__()
        sizes = [inputs, *hidden]
        steps = [(nn.Linear(a, b), nn.ReLU()) for a, b in pairwise(sizes)]
        self.steps = nn.Sequential(*(part for step in steps for part in step), nn.Linear(sizes[-1], 1))

    def forward(self, rows: Tensor, **_: Tensor) -> Tensor:
        chances: Tensor = self.steps(rows)[:, 0]
        return chances


class _Batches:
    """Cut whole batches out of the arrays: skorch's own loader picks row by row, which takes ten times as long."""

    def __init__(self, dataset: Any, batch_size: int, shuffle: bool = False) -> None:
        self.columns = {name: torch.as_tensor(values) for name, values in dataset.X.items()}
        self.y = torch.zeros(len(dataset)) if dataset.y is None else torch.as_tensor(dataset.y)
        self.batch_size, self.shuffle = batch_size, shuffle

    def __iter__(self) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
        n = len(self.y)
        order = torch.randperm(n) if self.shuffle else torch.arange(n)
        for part in order.split(self.batch_size):
            yield {name: values[part] for name, values in self.columns.items()}, self.y[part]


class _Net(NeuralNet):  # type: ignore[misc]  # skorch has no types
    def get_loss(self, y_pred: Tensor, y_true: Tensor, X: Any = None, training: bool = False) -> Tensor:
        loss: Tensor = self.criterion_(y_pred, y_true, X)
        return loss


def own_random_state() -> AbstractContextManager[None]:
    """Keep what is drawn inside from moving PyTorch's own random state.

    Returns
    -------
    context manager
        Within it, drawing is free.

    Examples
    --------
    >>> import torch
    >>> before = torch.random.get_rng_state()
    >>> with own_random_state():
    ...     drawn = torch.rand(3)
    >>> bool((torch.random.get_rng_state() == before).all())
    True
    """
    return torch.random.fork_rng(devices=[])


def train(
    rows: Floats,
    y: NDArray[Any],
    loss: nn.Module,
    *,
    groups: NDArray[np.int64] | None = None,
    weights: Floats | None = None,
    hidden: Sequence[int],
    epochs: int,
    learning_rate: float,
    batch_size: int,
    random_state: int | None,
) -> _Net:
    """Train a network on encoded rows and labels 0 and 1.

    Parameters
    ----------
    rows : float array of shape (rows, columns)
        Numbers alone.
    y : int array of shape (rows,)
        Labels 0 and 1.
    loss : torch.nn.Module
        Such as :class:`WeightedLoss`.
    groups : int array of shape (rows,), optional
        Group of each row, numbers from 0 on.
    weights : float array of shape (rows,), optional
        Weight of each row; 1 otherwise.
    hidden : sequence of int
        Units of each hidden layer.
    epochs : int
        How often every row is learnt from.
    learning_rate : float
        Of Adam.
    batch_size : int
        Rows of a step.
    random_state : int or None
        Seed of all that is drawn.

    Returns
    -------
    skorch.NeuralNet
        The trained network, for :func:`probabilities`.

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.network import WeightedLoss, probabilities
    >>> rows = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    >>> asked = {"hidden": (8,), "epochs": 30, "learning_rate": 0.05, "batch_size": 16, "random_state": 0}
    >>> net = train(rows, (rows[:, 0] > 0).astype(int), WeightedLoss(), **asked)
    >>> (probabilities(net, rows)[[0, -1]] > 0.5).tolist()
    [False, True]
    """
    n = len(rows)
    columns = {
        "rows": np.asarray(rows, dtype=np.float32),
        "groups": np.zeros(n, dtype=np.int64) if groups is None else groups.astype(np.int64),
        "weights": np.ones(n, dtype=np.float32) if weights is None else np.asarray(weights, dtype=np.float32),
    }
    with own_random_state():
        if random_state is not None:
            torch.manual_seed(random_state)
        net = _Net(
            _Layers(rows.shape[1], hidden),
            criterion=loss,
            optimizer=torch.optim.Adam,
            lr=learning_rate,
            max_epochs=epochs,
            batch_size=batch_size,
            iterator_train=_Batches,
            iterator_train__shuffle=True,
            iterator_valid=_Batches,
            train_split=None,
            verbose=0,
        )
        net.fit(columns, np.asarray(y, dtype=np.float32))
        return net


def probabilities(net: _Net, rows: Floats) -> Floats:
    """Predict the chance of label 1 for each row, shape (rows,).

    Parameters
    ----------
    net : skorch.NeuralNet
        What :func:`train` gave.
    rows : float array of shape (rows, columns)
        Numbers alone.

    Returns
    -------
    float array

    Examples
    --------
    >>> import numpy as np
    >>> from biasaudit.models.network import WeightedLoss, train
    >>> rows = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    >>> asked = {"hidden": (8,), "epochs": 30, "learning_rate": 0.05, "batch_size": 16, "random_state": 0}
    >>> net = train(rows, (rows[:, 0] > 0).astype(int), WeightedLoss(), **asked)
    >>> (probabilities(net, rows)[[0, -1]] > 0.5).tolist()
    [False, True]
    """
    scores = net.predict({"rows": np.asarray(rows, dtype=np.float32)})
    return np.asarray(1 / (1 + np.exp(-scores.astype(float))))


class NetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A neural network with ReLU layers for two classes, trained by Adam on batches.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer.
    epochs : int
        Passes over the rows.
    learning_rate : float
        Of Adam.
    batch_size : int
        Rows of a step.
    random_state : int, optional
        Seed of all that is drawn.

    References
    ----------
    Kingma and Ba (2015), "Adam: a method for stochastic optimization".

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> network = NetworkClassifier(random_state=0).fit(X, X[:, 0] > 0)
    >>> network.predict([[-0.5], [0.5]]).tolist()
    [False, True]
    """

    def __init__(
        self,
        hidden: Sequence[int] = (32,),
        epochs: int = 20,
        learning_rate: float = 0.005,
        batch_size: int = 256,
        random_state: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NetworkClassifier:
        """Train on numbers, shape (rows, columns), and labels of two classes.

        Parameters
        ----------
        X : array of shape (rows, columns)
            Numbers.
        y : array of shape (rows,)
            Two classes.
        sample_weight : array of shape (rows,), optional
            Weight of each row.

        Returns
        -------
        NetworkClassifier

        Examples
        --------
        >>> import numpy as np
        >>> X = np.linspace(-1, 1, 100)[:, None]
        >>> network = NetworkClassifier(epochs=40, random_state=0)
        >>> network.fit(X, np.where(X[:, 0] > 0, "yes", "no")).classes_.tolist()
        ['no', 'yes']
        """
        from sklearn.utils.multiclass import check_classification_targets

        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise AuditError(
                f"Only binary classification is supported; y holds {len(self.classes_)} class(es). Give two."
            )
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        names = ("hidden", "epochs", "learning_rate", "batch_size", "random_state")
        settings = {name: getattr(self, name) for name in names}
        self.net_ = train(X, codes, WeightedLoss(), weights=weights, **settings)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Predict the chance of each class, shape (rows, 2).

        Parameters
        ----------
        X : array of shape (rows, columns)
            Numbers.

        Returns
        -------
        float array

        Examples
        --------
        >>> import numpy as np
        >>> X = np.linspace(-1, 1, 100)[:, None]
        >>> network = NetworkClassifier(epochs=40, random_state=0)
        >>> chance = network.fit(X, X[:, 0] > 0).predict_proba([[-0.9], [0.9]])
        >>> chance.sum(axis=1).round(3).tolist(), (chance[:, 1] > 0.5).tolist()
        ([1.0, 1.0], [False, True])
        """
        check_is_fitted(self)
        chance = probabilities(self.net_, validate_data(self, X, reset=False))
        return np.column_stack([1 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row.

        Parameters
        ----------
        X : array of shape (rows, columns)
            Numbers.

        Returns
        -------
        array

        Examples
        --------
        >>> import numpy as np
        >>> X = np.linspace(-1, 1, 100)[:, None]
        >>> network = NetworkClassifier(epochs=40, random_state=0)
        >>> network.fit(X, X[:, 0] > 0).predict([[-0.9], [0.9]]).tolist()
        [False, True]
        """
        positive = self.predict_proba(X)[:, 1] > 0.5
        return np.asarray(self.classes_[positive.astype(int)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
