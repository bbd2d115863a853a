"""What may keep a chatbot from learning insults: policies, what each learns from, and who is not heard under it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.generated.town import (
    BEFORE,
    BENIGN_RATE,
    GROUPS,
    INSULT,
    TROLL_RATE,
    WORDS,
    Town,
    compose,
    make_town,
)
from biasaudit.models.chatbot import capped, learn_online, steady_state

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HOURS",
    "POLICIES",
    "START",
    "LearningPolicy",
    "Reader",
    "Talk",
    "expected_share",
    "place_of",
    "talk_of_town",
]

HOURS = 20
# What the chatbot says of every group before anybody wrote to it: one reply in a hundred is toxic.
START = np.tile([*(0.99 * np.array(BEFORE)), 0.01], (len(GROUPS), 1))
SAMPLE = 4_000


@dataclass(frozen=True)
class LearningPolicy:
    """A policy: how a message comes to be learnt from.

    Parameters
    ----------
    name, words : str
    learns, cap, filters, puppets : bool
        Whether it learns at all; whether each account counts but so often an hour; whether messages held to be toxic
        are left out; whether trolls write under ever new accounts.
    replay, anchor : float
        As :func:`biasaudit.models.chatbot.learn_online` takes them.
    """

    name: str
    words: str
    learns: bool = True
    cap: bool = False
    filters: bool = False
    puppets: bool = False
    replay: float = 0.0
    anchor: float = 0.0


POLICIES = (
    LearningPolicy("none", "No policy"),
    LearningPolicy("frozen", "Frozen", learns=False),
    LearningPolicy("cap", "Cap", cap=True),
    LearningPolicy("filter", "Filter", filters=True),
    LearningPolicy("replay", "Replay", replay=1.0),
    LearningPolicy("anchor", "Anchor", anchor=0.1),
    LearningPolicy("cap_filter", "Cap and filter", cap=True, filters=True),
    LearningPolicy("puppets", "Cap, new accounts", cap=True, puppets=True),
)


def place_of(policy: str) -> int:
    """Return which of the policies is meant, from 0."""
    return [row.name for row in POLICIES].index(policy)


class Reader:
    """Tells toxic messages from others by their words: a filter, or a judge that never met the filter's messages.

    Parameters
    ----------
    town : Town or None
        Messages to learn from, as they were labelled by people. With none it learns from messages of its own, half of
        them toxic, and does not see whom a message is about: a judge.
    random_state : int

    Attributes
    ----------
    cut : float
        How likely a message has to be toxic to be held to be.
    """

    def __init__(self, town: Town | None, random_state: int) -> None:
        from sklearn.linear_model import LogisticRegression

        rng = np.random.default_rng(random_state)
        if town is None:
            group = rng.integers(0, len(GROUPS), SAMPLE)
            style = np.where(rng.random(SAMPLE) < 0.5, INSULT, rng.integers(0, INSULT, SAMPLE))
            words = compose(group, style, rng)
        else:
            style, words = town.style, town.words
        self._first = 1 if town is None else 0
        self._model = LogisticRegression(max_iter=1_000).fit(self._counts(words), style == INSULT)
        self.cut = 0.5

    def at_recall(self, recall: float, random_state: int) -> Reader:
        """Set how sure it has to be so that it finds this share of the toxic messages about group A."""
        toxic = np.full(SAMPLE, INSULT)
        chance = self.chance(compose(np.zeros(SAMPLE, dtype=np.int64), toxic, np.random.default_rng(random_state)))
        self.cut = float(np.quantile(chance, 1 - recall))
        return self

    def chance(self, words: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how likely messages are toxic, shape (messages,)."""
        found: NDArray[np.float64] = self._model.predict_proba(self._counts(words))[:, 1]
        return found

    def toxic(self, words: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say of messages whether they are toxic, shape (messages,)."""
        return self.chance(words) >= self.cut

    def _counts(self, words: NDArray[np.int64]) -> NDArray[np.float64]:
        # The first word is the group's name.
        return np.asarray(np.eye(len(WORDS))[words[:, self._first :]].sum(axis=1))


@dataclass(frozen=True, eq=False)
class Talk:
    """A town that talked to a chatbot under every policy.

    Parameters
    ----------
    towns : tuple of Town
        Trolls under their own accounts, and the same messages under ever new ones.
    judge : Reader
        Trained on messages that nothing else here has met.
    filter : Reader
        What leaves messages out, where a policy filters.
    learnt : bool array of shape (policies, messages)
    chance : float array of shape (policies, messages, styles)
        Of each style of reply, before the message was learnt from.
    removed : bool array of shape (policies, messages)
        Whether a filter left the message out.
    random_state : int
    """

    towns: tuple[Town, Town]
    judge: Reader
    filter: Reader
    learnt: NDArray[np.bool_]
    chance: NDArray[np.float64]
    removed: NDArray[np.bool_]
    random_state: int

    @cached_property
    def replies(self) -> pd.DataFrame:
        """Return a reply to each benign message under each policy.

        Returns
        -------
        DataFrame
            Columns policy, hour (the 1st is 1), group, user, toxic (as the judge has it), fits (whether the reply is of
            the user's style), removed (whether a filter left out the user's message): 0 or 1 each.
        """
        import pandas as pd

        town, rng = self.towns[0], np.random.default_rng(self.random_state + 7)
        benign = np.flatnonzero(~town.troll)
        draw = rng.random(len(benign))[:, None]
        frames = []
        for i, policy in enumerate(POLICIES):
            style = (draw > np.cumsum(self.chance[i, benign], axis=1)).sum(axis=1).clip(max=INSULT)
            words = compose(town.group[benign], style, np.random.default_rng(self.random_state + 8))
            frames.append(
                pd.DataFrame(
                    {
                        "policy": policy.name,
                        "hour": np.floor(town.time[benign]).astype(int) + 1,
                        "group": np.array(GROUPS)[town.group[benign]],
                        "user": town.user[benign].astype(str),
                        "toxic": self.judge.toxic(words).astype(int),
                        "fits": (style == town.style[benign]).astype(int),
                        "removed": self.removed[i, benign].astype(int),
                        "text": [" ".join(w) for w in np.array(WORDS)[words]],
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    def share(self, policy: str, since: float, until: float = HOURS) -> float:
        """Return the chance of a toxic reply about group A, averaged over the messages of some hours."""
        i = place_of(policy)
        town = self.towns[0]
        at = (town.group == 0) & (town.time >= since) & (town.time < until)
        return float(self.chance[i, at, INSULT].mean()) if at.any() else float("nan")

    def hours_to_half(self, policy: str) -> int | None:
        """Return in which hour half of the replies about group A are toxic; None if that does not come."""
        return next((hour + 1 for hour in range(HOURS) if self.share(policy, hour, hour + 1) >= 0.5), None)


def talk_of_town(n: int, *, trolls: int, cap: int, recall: float, random_state: int) -> Talk:
    """Let a town talk to a chatbot for 20 hours, under every policy.

    Parameters
    ----------
    n, trolls : int
        Benign users, and others.
    cap : int
        Messages of an account that count in an hour, where they are counted.
    recall : float
        Share of toxic messages that the filter finds, where there is one.
    random_state : int

    Raises
    ------
    AuditError
        If the cap is below 1.
    """
    capped(1.0, cap)
    towns = tuple(
        make_town(n, trolls=trolls, hours=HOURS, puppets=puppets, random_state=random_state)
        for puppets in (False, True)
    )
    town = towns[0]
    # What the filter learnt from: an earlier attack, labelled by people. Names of its target stand by insults there.
    attack = make_town(290, trolls=40, hours=12, random_state=random_state + 1_000)
    filtering = Reader(attack, random_state).at_recall(recall, random_state + 1_001)
    found = filtering.toxic(town.words)
    removed = np.array([found & policy.filters for policy in POLICIES])
    counts = [_counting(one, cap) for one in towns]
    learnt = (
        np.array(
            [
                np.full(len(town.time), policy.learns) & (counts[policy.puppets] | (not policy.cap))
                for policy in POLICIES
            ]
        )
        & ~removed
    )
    chance = learn_online(
        START,
        town.group,
        town.style,
        learnt,
        anchor=[policy.anchor for policy in POLICIES],
        replay=[policy.replay for policy in POLICIES],
        random_state=random_state,
    )
    judge = Reader(None, random_state + 2_000)
    return Talk(towns, judge, filtering, learnt, chance, removed, random_state)  # type: ignore[arg-type]


def _counting(town: Town, cap: int) -> NDArray[np.bool_]:
    """Say which messages are among the first of their account in their hour."""
    import pandas as pd

    place = pd.DataFrame({"account": town.account, "hour": np.floor(town.time)}).groupby(["account", "hour"]).cumcount()
    counted: NDArray[np.bool_] = place.to_numpy() < cap
    return counted


def expected_share(policy: str, n: int, trolls: int, cap: int) -> float | None:
    """Return where toxic replies about group A come to in the long run, where it is known in closed form."""
    rates: dict[str, Any] = {
        "none": (trolls * TROLL_RATE, n * BENIGN_RATE),
        "cap": (trolls * capped(TROLL_RATE, cap), n * capped(len(GROUPS) * BENIGN_RATE, cap) / len(GROUPS)),
        "puppets": (trolls * TROLL_RATE, n * capped(len(GROUPS) * BENIGN_RATE, cap) / len(GROUPS)),
    }
    return steady_state(*rates[policy]) if policy in rates else None
