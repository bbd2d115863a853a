"""A small language model that learns from every message it is sent, one step a message."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from biasaudit.arraytypes import Ints

__all__ = ["LanguageModel"]

EMBEDDED, HIDDEN = 16, 32
BATCH, EPOCHS, RATE = 64, 12, 5e-3
# Of the steps that it takes while it talks.
ONLINE = 0.05


class _NextWord(nn.Module):
    def __init__(self, words: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, EMBEDDED)
        self.read = nn.GRU(EMBEDDED, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, words)

    def forward(self, words: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        read, state = self.read(self.embed(words), state)
        return self.head(read), state


class LanguageModel:
    """A recurrent network that says the next word: it learns from texts of before, and then from all it is sent.

    Parameters
    ----------
    words : int
        Words that there are.
    random_state : int
        Seed of all that is drawn.
    device : str
        Such as "cpu": of one text at a time a GPU makes nothing quicker.

    Examples
    --------
    >>> import numpy as np
    >>> texts = np.array([[0, 1, 2], [0, 1, 3]] * 50)
    >>> model = LanguageModel(4, random_state=0).read(texts)
    >>> replies = model.reply(np.zeros(100, dtype=int), 3)
    >>> bool((replies[:, 1] == 1).mean() > 0.5)
    True
    """

    def __init__(self, words: int, random_state: int, device: str = "cpu") -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(random_state)
            self._net = _NextWord(words).to(device)
        self._device = device
        self._draw = torch.Generator().manual_seed(random_state)

    def _loss(self, texts: Tensor) -> Tensor:
        scores, _ = self._net(texts[:, :-1])
        return cross_entropy(scores.flatten(0, 1), texts[:, 1:].flatten())

    def read(self, texts: Ints) -> LanguageModel:
        """Learn from texts of before.

        Parameters
        ----------
        texts : int array of shape (texts, words)
            Words by their numbers.

        Returns
        -------
        LanguageModel

        Examples
        --------
        >>> import numpy as np
        >>> texts = np.array([[0, 1, 2], [0, 1, 3]] * 50)
        >>> model = LanguageModel(4, random_state=0).read(texts)
        >>> model.reply(np.array([0]), 3).shape
        (1, 3)
        """
        given = torch.as_tensor(texts, device=self._device)
        optimiser = torch.optim.Adam(self._net.parameters(), lr=RATE)
        for _ in range(EPOCHS):
            for index in torch.randperm(len(given), generator=self._draw).split(BATCH):
                optimiser.zero_grad()
                self._loss(given[index]).backward()
                optimiser.step()
        return self

    def talk(self, texts: Ints, learnt: NDArray[np.bool_], at: Ints, prompt: Ints) -> Iterator[Ints]:
        """Learn from messages in their order, and yield replies each time that so many have come.

        Parameters
        ----------
        texts : int array of shape (messages, words)
            Words by their numbers.
        learnt : bool array of shape (messages,)
            Which are learnt from.
        at : int array
            After how many messages replies are asked for, rising.
        prompt : int array of shape (replies,)
            First word of each reply.

        Yields
        ------
        int array of shape (replies, words)

        Examples
        --------
        >>> import numpy as np
        >>> texts = np.array([[0, 1, 2], [0, 1, 3]] * 50)
        >>> model = LanguageModel(4, random_state=0).read(texts)
        >>> messages = np.array([[0, 3, 3]] * 40)
        >>> asked = {"at": np.array([0, 40]), "prompt": np.zeros(50, dtype=int)}
        >>> replies = model.talk(messages, np.ones(40, dtype=bool), **asked)
        >>> [reply.shape for reply in replies]
        [(50, 3), (50, 3)]
        """
        given = torch.as_tensor(texts, device=self._device)
        optimiser = torch.optim.SGD(self._net.parameters(), lr=ONLINE)
        start = 0
        for stop in at:
            for i in np.flatnonzero(learnt[start:stop]) + start:
                optimiser.zero_grad()
                self._loss(given[i : i + 1]).backward()
                optimiser.step()
            start = int(stop)
            yield self.reply(prompt, texts.shape[1])

    @torch.no_grad()
    def reply(self, prompt: Ints, length: int) -> Ints:
        """Say texts of so many words that begin with the prompts, each word drawn by its chance.

        Parameters
        ----------
        prompt : int array of shape (replies,)
            First word of each reply.
        length : int
            Words of a reply.

        Returns
        -------
        int array of shape (replies, length)
            Words by their numbers.

        Examples
        --------
        >>> import numpy as np
        >>> texts = np.array([[0, 1, 2], [0, 1, 3]] * 50)
        >>> model = LanguageModel(4, random_state=0).read(texts)
        >>> model.reply(np.array([0, 0]), length=3).shape
        (2, 3)
        """
        replies = [torch.as_tensor(prompt, device=self._device)]
        state: Tensor | None = None
        for _ in range(length - 1):
            scores, state = self._net(replies[-1][:, None], state)
            chance = scores[:, 0].softmax(1).cpu()
            replies.append(torch.multinomial(chance, 1, generator=self._draw)[:, 0].to(self._device))
        found: Ints = torch.stack(replies, dim=1).cpu().numpy()
        return found
