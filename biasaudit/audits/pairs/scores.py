"""Scores of the same inputs under every value, as a model gives them, and the checks that they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.arguments import check_confidence
from biasaudit.audits.pairs._swaps import Swap, as_eager, filled_tables, filled_texts
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

__all__ = [
    "Grid",
    "Model",
    "cautions",
    "check_arguments",
    "item_clusters",
    "model_name",
    "reference_group",
    "score_items",
]

Model = Callable[[Any], Any]
FEW = 5


@dataclass(frozen=True, eq=False)
class Grid:
    """Scores of the same items under every value.

    Parameters
    ----------
    name : str
        What the items have in common, such as the job; may be empty.
    scores : float array of shape (items, values)
    clusters : int array of shape (items,)
        Which items belong together, counted from 0.
    """

    name: str
    scores: NDArray[np.float64]
    clusters: NDArray[np.int64]


def score_items(model: Model, data: Any, swap: Swap, batch_size: int) -> NDArray[np.float64]:
    """Score every text or row with every value, shape (items, values)."""
    if isinstance(data, (list, tuple)):
        return _score_texts(model, data, swap, batch_size)
    return np.stack([_checked(model(table), len(table)) for table in filled_tables(data, swap)], axis=1)


def _score_texts(model: Model, templates: Sequence[str], swap: Swap, batch_size: int) -> NDArray[np.float64]:
    texts = filled_texts(templates, swap)
    batches = [texts[i : i + batch_size] for i in range(0, len(texts), batch_size)]
    return np.concatenate([_checked(model(batch), len(batch)) for batch in batches]).reshape(len(templates), -1)


def _checked(scores: Any, expected: int) -> NDArray[np.float64]:
    """Read what a model returned."""
    try:
        array = np.asarray(scores.tolist() if hasattr(scores, "tolist") else scores, dtype=float)
    except (TypeError, ValueError):
        raise AuditError("The model returned something other than numbers. It has to return one score each.") from None
    if array.shape != (expected,):
        raise AuditError(
            f"The model returned an array of shape {array.shape} for {expected:,} inputs. It has to return one score "
            "each; of probabilities by class, choose a column."
        )
    if not np.isfinite(array).all():
        raise AuditError(
            f"The model returned {int((~np.isfinite(array)).sum()):,} scores that are missing or infinite. "
            "A pair without both scores cannot be compared; let the model score every input."
        )
    return array


def check_arguments(model: Any, threshold: Any, confidence: Any, batch_size: Any) -> None:
    """Raise an AuditError unless the model can be called and the numbers are in range."""
    if not callable(model):
        raise AuditError(
            f"The model is a {type(model).__name__}, which cannot be called. Give a function such as model.predict."
        )
    if threshold is not None and not (isinstance(threshold, (int, float)) and np.isfinite(threshold)):
        raise AuditError(f"threshold={threshold!r} is no number. Give the score from which on a person is selected.")
    check_confidence(confidence)
    if not isinstance(batch_size, int) or batch_size < 1:
        raise AuditError(f"batch_size={batch_size!r} is out of range. Give a whole number from 1 on.")


def reference_group(reference: Any, swap: Swap) -> str:
    """Return the group asked for, or the first."""
    if reference is None:
        return swap.groups[0]
    if reference not in swap.groups:
        raise AuditError(
            f'reference="{clean(str(reference))}" is not a group.{nearest(str(reference), swap.groups)} '
            f"Groups: {', '.join(clean(group) for group in swap.groups[:12])}."
        )
    return str(reference)


def item_clusters(data: Any, cluster: Sequence[Any] | str | None, items: int) -> NDArray[np.int64]:
    """Say by number which items belong together; without `cluster` each is alone.

    Raises
    ------
    AuditError
        If `cluster` names no column of the table, or has not one entry an item.
    """
    if cluster is None:
        return np.arange(items)
    if isinstance(cluster, str):
        cluster = _column(data, cluster)
    if isinstance(cluster, (set, frozenset, Mapping)) or not hasattr(cluster, "__len__"):
        raise AuditError(
            f"cluster must be the name of a column or a list, not a {type(cluster).__name__}. Give one entry for each "
            "input, in their order."
        )
    if len(cluster) != items:
        raise AuditError(
            f"cluster has {len(cluster):,} entries for {items:,} inputs. Give one entry each, equal where they belong."
        )
    return np.unique([str(entry) for entry in cluster], return_inverse=True)[1]


def _column(data: Any, cluster: str) -> list[Any]:
    if isinstance(data, (list, tuple)):
        raise AuditError(
            f'cluster="{clean(cluster)}" names a column, and texts have none. Give a list with one entry a text.'
        )
    eager = as_eager(data)
    if cluster not in eager.columns:
        raise AuditError(f'cluster="{clean(cluster)}" is not a column.{nearest(cluster, eager.columns)}')
    return list(eager[cluster].to_list())


def model_name(model: Model) -> str:
    """Name a model for a report: by its own name, or that of its function or class."""
    return clean(str(getattr(model, "name", None) or getattr(model, "__name__", type(model).__name__)))


def cautions(grids: Sequence[Grid], swap: Swap, what: str) -> tuple[str, ...]:
    """Say what limits the answer: one value for a group, or few items."""
    notes = []
    single = [group for group, size in zip(swap.groups, swap.sizes, strict=True) if size == 1]
    if single and what == "texts":
        notes.append(
            f'"{clean(single[0])}" stands on a single value of "{clean(swap.feature)}". '
            "A gap may be that of the word and not of the group: give several values for each group."
        )
    fewest = min(int(grid.clusters.max()) + 1 for grid in grids)
    if fewest < FEW:
        few = f"{fewest} independent {what}" if fewest > 1 else f"one of the {what} is independent"
        notes.append(f"Only {few}: intervals are wide, and other {what} may behave differently.")
    return tuple(notes)
