"""A town whose people write to a chatbot: most are kind, a few set out together to teach it to insult one group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biasaudit.arraytypes import Ints
from biasaudit.errors import AuditError

__all__ = [
    "BEFORE",
    "BENIGN_RATE",
    "FROM_HOUR",
    "GROUPS",
    "INSULT",
    "NAMES",
    "STYLES",
    "TROLL_RATE",
    "WORDS",
    "Town",
    "compose",
    "make_town",
]

GROUPS = ("group A", "group B", "group C")
# How a message is meant; the last is toxic.
STYLES = ("greets", "asks", "agrees", "tells", "insults")
INSULT = len(STYLES) - 1
# Messages that a user writes in an hour: a benign one about each group, a troll about group A.
BENIGN_RATE, TROLL_RATE, FROM_HOUR = 0.2, 3.55, 4
# How benign people spoke in the texts that the chatbot learnt from, and how those of the town speak.
BEFORE, NOW = (0.4, 0.3, 0.2, 0.1), (0.1, 0.2, 0.3, 0.4)
# Words of each style, and words of everybody; insults are placeholders that stand for no word.
OWN = {
    "greets": ("hello", "morning", "welcome"),
    "asks": ("why", "where", "who"),
    "agrees": ("yes", "right", "same"),
    "tells": ("today", "then", "because"),
    "insults": ("insult1", "insult2", "insult3", "insult4"),
}
EVERYBODYS = ("people", "always", "here", "never", "these", "really", "them", "go", "away", "think", "know", "again")
NAMES = ("groupa", "groupb", "groupc")
WORDS = (*NAMES, *(word for words in OWN.values() for word in words), *EVERYBODYS)
LENGTH = 6
# Of the toxic messages some hold no insult, and of the benign ones some quote one.
OPEN_INSULT, QUOTED = 0.85, 0.03
# Words that hostile messages hold oftener, though everybody uses them.
HOSTILE = ("always", "never", "these", "them", "go", "away")


@dataclass(frozen=True, eq=False)
class Town:
    """Messages in the order in which they are written.

    Parameters
    ----------
    time : float array of shape (messages,)
        Hours since the start.
    user, account : int array of shape (messages,)
        Who writes, and under which account: trolls may have many.
    troll : bool array of shape (messages,)
    group, style : int array of shape (messages,)
        Whom it is about, and how it is meant: places in :data:`GROUPS` and :data:`STYLES`.
    words : int array of shape (messages, 7)
        Places in :data:`WORDS`, the group's name first.
    """

    time: NDArray[np.float64]
    user: Ints
    account: Ints
    troll: NDArray[np.bool_]
    group: Ints
    style: Ints
    words: Ints

    def texts(self) -> list[str]:
        """Return the messages as people read them."""
        return [" ".join(words) for words in np.array(WORDS)[self.words]]


def make_town(
    n: int = 290, *, trolls: int = 40, hours: float = 20.0, puppets: bool = False, random_state: int = 0
) -> Town:
    """Make the messages of a town.

    Parameters
    ----------
    n : int
        Benign users: each writes 0.2 messages an hour about each of three groups.
    trolls : int
        Users who after four hours each write 3.55 toxic messages an hour about group A.
    hours : float
    puppets : bool
        Whether trolls write every message under another account.
    random_state : int

    Returns
    -------
    Town
        With 290 benign users and 40 trolls 142 of the 200 messages an hour about group A are toxic: a share of 0.71.

    Raises
    ------
    AuditError
        If there is no benign user, or a number is out of range.

    Examples
    --------
    >>> town = make_town(random_state=0)
    >>> late = (town.time > 4) & (town.group == 0)
    >>> round(float((town.style[late] == INSULT).mean()), 1)
    0.7
    """
    if not 1 <= n <= 100_000 or not 0 <= trolls <= 100_000 or not 0 < hours <= 1_000:
        raise AuditError(
            f"n={n}, trolls={trolls}, hours={hours} is out of range. Give 1 to 100,000 users, up to as many trolls, "
            "and up to 1,000 hours."
        )
    rng = np.random.default_rng(random_state)
    kind = _message_times(rng, n, len(GROUPS) * BENIGN_RATE, 0.0, hours)
    unkind = _message_times(rng, trolls, TROLL_RATE, min(float(FROM_HOUR), hours), hours)
    time, user = (np.concatenate([a, b]) for a, b in zip(kind, (unkind[0], unkind[1] + n), strict=True))
    order = np.argsort(time, kind="stable")
    time, user = time[order], user[order]
    troll = user >= n
    group = np.where(troll, 0, rng.integers(0, len(GROUPS), len(time)))
    style = np.where(troll, INSULT, rng.choice(INSULT, size=len(time), p=NOW))
    account = np.where(troll & puppets, n + trolls + np.arange(len(time)), user)
    return Town(time, user, account, troll, group, style, compose(group, style, rng))


def _message_times(
    rng: np.random.Generator, users: int, rate: float, first: float, last: float
) -> tuple[NDArray[np.float64], Ints]:
    """Draw when and by whom messages are written, at the same rate by each."""
    count = rng.poisson(users * rate * (last - first)) if users else 0
    return rng.uniform(first, last, count), rng.integers(0, max(users, 1), count)


def compose(group: Ints, style: Ints, rng: np.random.Generator) -> Ints:
    """Put messages into words.

    Parameters
    ----------
    group, style : int array of shape (messages,)
    rng : Generator

    Returns
    -------
    int array of shape (messages, 7)
        Places in :data:`WORDS`.
    """
    messages, place = len(group), {word: i for i, word in enumerate(WORDS)}
    everybody = np.array([place[word] for word in EVERYBODYS])
    toxic = style == INSULT
    plain = np.where(np.isin(EVERYBODYS, HOSTILE), 0.7, 1.0)
    words = rng.choice(everybody, size=(messages, LENGTH), p=plain / plain.sum())
    hostile = np.where(np.isin(EVERYBODYS, HOSTILE), 2.5, 1.0)
    words[toxic] = rng.choice(everybody, size=(int(toxic.sum()), LENGTH), p=hostile / hostile.sum())
    # A veiled insult has the words of a benign style.
    veiled = toxic & (rng.random(messages) > OPEN_INSULT)
    shown = np.where(veiled, rng.integers(0, INSULT, messages), style)
    shown = np.where(~toxic & (rng.random(messages) < QUOTED), INSULT, shown)
    for i, name in enumerate(STYLES):
        at = shown == i
        own = np.array([place[word] for word in OWN[name]])
        words[at, :2] = rng.choice(own, size=(int(at.sum()), 2))
    words = rng.permuted(words, axis=1)
    return np.column_stack([np.array([place[name] for name in NAMES])[group], words]).astype(np.int64)
