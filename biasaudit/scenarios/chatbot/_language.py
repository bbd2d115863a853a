"""A language model in the same town: it learns words, not styles, and its replies are read by the same judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biasaudit.datasets.generated.town import GROUPS, INSULT, NAMES, WORDS, compose
from biasaudit.errors import AuditError
from biasaudit.models.parallel import Progress, progress_bar
from biasaudit.scenarios.chatbot._policies import HOURS, START, Talk, place_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SPOKEN", "spoken"]

SPOKEN = ("none", "filter", "cap_filter")
# Users who ask about each group, every hour; texts that it has read before.
PROMPTS, READ = 100, 4_000


def spoken(talk: Talk, random_state: int, progress: Progress) -> pd.DataFrame:
    """Let a language model learn from the town's messages, and ask it every hour.

    Returns
    -------
    DataFrame
        Columns policy, hour, group, user, toxic (as the judge has it), text.

    Raises
    ------
    AuditError
        If PyTorch is not installed.
    """
    import pandas as pd

    try:
        from biasaudit.models.language import LanguageModel
    except ModuleNotFoundError as error:
        raise AuditError(
            'A language model needs PyTorch, which is not installed. Install it with pip install "biasaudit[torch]".'
        ) from error
    town, rng = talk.towns[0], np.random.default_rng(random_state + 5)
    group = rng.integers(0, len(GROUPS), READ)
    style = (rng.random((READ, 1)) > np.cumsum(START, axis=1)[group]).sum(axis=1).clip(max=INSULT)
    before = compose(group, style, rng)
    at = np.searchsorted(town.time, np.arange(1, HOURS + 1))
    prompt = np.repeat([WORDS.index(name) for name in NAMES], PROMPTS)
    frames = []
    with progress_bar(len(SPOKEN), progress) as notify:
        for name in SPOKEN:
            learnt = talk.learnt[place_of(name)]
            model = LanguageModel(len(WORDS), random_state).read(before)
            for hour, replies in enumerate(model.talk(town.words, learnt, at, prompt), start=1):
                notify(None)
                frames.append(
                    pd.DataFrame(
                        {
                            "policy": name,
                            "hour": hour,
                            "group": np.repeat(GROUPS, PROMPTS),
                            "user": np.tile(np.arange(PROMPTS), len(GROUPS)).astype(str),
                            "toxic": talk.judge.toxic(replies).astype(int),
                            "text": [" ".join(w) for w in np.array(WORDS)[replies]],
                        }
                    )
                )
            notify(name)
    return pd.concat(frames, ignore_index=True)
