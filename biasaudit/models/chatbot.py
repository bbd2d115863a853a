"""A chatbot that learns from every message, simple enough that what it comes to say is known in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from biasaudit.arraytypes import Floats, Ints
from biasaudit.errors import AuditError

__all__ = ["capped", "learn_online", "steady_state"]

RATE = 0.02


def learn_online(
    start: ArrayLike,
    group: ArrayLike,
    style: ArrayLike,
    learnt: ArrayLike,
    *,
    rate: float = RATE,
    anchor: ArrayLike = 0.0,
    replay: ArrayLike = 0.0,
    random_state: int = 0,
) -> Floats:
    """Learn from messages one by one, under several policies at once.

    For each group a softmax over styles of reply, and one gradient step of its log likelihood a message: its scores
    move by ``rate`` times (what was said less the chance it had).

    Parameters
    ----------
    start : float array of shape (groups, styles)
        Shares of the styles before the first message, above 0.
    group, style : int array of shape (messages,)
        Whom each message is about, and in which style it speaks.
    learnt : bool array of shape (policies, messages)
        Whether a policy learns from a message.
    rate : float
        How far a message moves the scores.
    anchor : float array of shape (policies,)
        How strongly scores are drawn back to those at the start, after each message.
    replay : float array of shape (policies,)
        Chance that a message of before, about the same group, is learnt from along with a message.
    random_state : int
        Seed of all that is drawn.

    Returns
    -------
    float array of shape (policies, messages, styles)
        Chance of each style in a reply about the message's group, before the message was learnt from.

    Raises
    ------
    AuditError
        If a share is not above 0, or the arrays do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> start, n = [[0.95, 0.05], [0.95, 0.05]], 400
    >>> group, style = np.arange(n) % 2, (np.arange(n) % 2 == 0).astype(int)
    >>> chance = learn_online(start, group, style, np.ones((1, n), dtype=bool))
    >>> insults = chance[0, :, 1]
    >>> f"{insults[0]:.2f} at first; {insults[-2]:.2f} and {insults[-1]:.2f} after {n} messages"
    '0.05 at first; 0.79 and 0.04 after 400 messages'
    """
    begin = np.asarray(start, dtype=float)
    about, spoken, gate = np.asarray(group), np.asarray(style), np.asarray(learnt, dtype=float)
    if not (begin > 0).all() or gate.shape[1:] != about.shape or about.shape != spoken.shape:
        raise AuditError(
            f"The shares at the start have to be above 0, and group, style and learnt be as long: found {begin.shape}, "
            f"{about.shape}, {spoken.shape} and {gate.shape}."
        )
    policies, styles = len(gate), begin.shape[1]
    zero = np.log(begin)
    scores = np.broadcast_to(zero, (policies, *begin.shape)).copy()
    pull = rate * np.broadcast_to(np.asarray(anchor, dtype=float), policies)[:, None]
    old, replayed = _again(begin, about, gate.shape, replay, random_state)
    chance: Floats = np.empty((policies, len(about), styles))
    steps = rate * gate
    # What each message teaches hangs on all before it: this runs over messages, and at once over policies.
    for i, g in enumerate(about):
        now = scores[:, g]
        p = np.exp(now - now.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        chance[:, i] = p
        step = -(steps[:, i, None] + rate * replayed[:, i, None]) * p
        step[:, spoken[i]] += steps[:, i]
        step[:, old[i]] += rate * replayed[:, i]
        scores[:, g] = now + step - pull * (now - zero[g])
    return chance


def _again(
    start: Floats, group: Ints, shape: tuple[int, ...], replay: ArrayLike, random_state: int
) -> tuple[Ints, Floats]:
    """Draw an old message about each message's group, and which policies hear it."""
    rng = np.random.default_rng(random_state)
    edges = np.cumsum(start / start.sum(axis=1, keepdims=True), axis=1)[group]
    old: Ints = (rng.random((len(group), 1)) > edges).sum(axis=1).clip(max=start.shape[1] - 1)
    chance = np.broadcast_to(np.asarray(replay, dtype=float), shape[0])[:, None]
    return old, (rng.random(len(group)) < chance).astype(float)


def capped(rate: float, cap: int) -> float:
    """Return how many of a user's messages count in an hour, on average, if no more than `cap` do.

    Parameters
    ----------
    rate : float
        Messages an hour that a user sends, on average (Poisson).
    cap : int
        How many of an hour count, from 1 on.

    Returns
    -------
    float
        Messages an hour.

    Raises
    ------
    AuditError
        If the cap is below 1.

    Examples
    --------
    >>> round(capped(3.55, 1), 4)
    0.9713
    """
    if cap < 1:
        raise AuditError(f"cap={cap} lets nobody be heard. Give a whole number of messages an hour, from 1 on.")
    below = np.arange(cap)
    return float(cap - ((cap - below) * stats.poisson.pmf(below, rate)).sum())


def steady_state(toxic: float, benign: float) -> float:
    """Return the share of toxic replies that a chatbot comes to which learns from messages at these rates.

    In the long run its scores stay where they are on average, so that what it says is what it hears.

    Parameters
    ----------
    toxic, benign : float
        Messages an hour about the group that it learns from.

    Returns
    -------
    float

    Examples
    --------
    >>> steady_state(142, 58)
    0.71
    """
    return toxic / (toxic + benign) if toxic + benign > 0 else float("nan")
