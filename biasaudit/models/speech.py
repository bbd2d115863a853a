"""A small recogniser of single words, trained in seconds: what it hears depends on whom it has heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.speech.audio import log_mel
from biasaudit.datasets.speech.clips import Clips
from biasaudit.errors import AuditError, nearest
from biasaudit.names import clean

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor, nn

__all__ = ["METHODS", "Recogniser", "WordRecogniser"]

METHODS = ("plain", "vtlp", "pitch", "group_dro")
BATCH, RATE_OF_LEARNING = 64, 2e-3
# Vocal tracts of adults differ by about a fifth in length, and their pitch by about an octave.
WARP = 0.2
OCTAVES = 1.2
# How often each clip is heard at another pitch; making one takes longer than learning from it.
PITCHES = 2
STEP = 0.05


class Recogniser:
    """What names a word for each clip.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from biasaudit.datasets import Clips
    >>> from biasaudit.models.speech import Recogniser
    >>> class AlwaysOne(Recogniser):
    ...     def predict(self, clips):
    ...         return np.full(len(clips), "one", dtype=object)
    >>> frame = pd.DataFrame({"speaker": ["a", "b"], "gender": ["woman", "man"], "word": ["one", "two"]})
    >>> clips = Clips(np.zeros((2, 16_000), dtype=np.float32), frame)
    >>> print(AlwaysOne().errors(clips).to_string(index=False))
    speaker gender word heard  wrong
          a  woman  one   one      0
          b    man  two   one      1
    """

    def predict(self, clips: Clips) -> NDArray[np.object_]:
        """Name the word that is heard in each clip.

        Parameters
        ----------
        clips : Clips
            What is heard.

        Returns
        -------
        array of str

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> from biasaudit.models.speech import Recogniser
        >>> class AlwaysOne(Recogniser):
        ...     def predict(self, clips):
        ...         return np.full(len(clips), "one", dtype=object)
        >>> frame = pd.DataFrame({"speaker": ["a", "b"], "gender": ["woman", "man"], "word": ["one", "two"]})
        >>> clips = Clips(np.zeros((2, 16_000), dtype=np.float32), frame)
        >>> AlwaysOne().predict(clips).tolist()
        ['one', 'one']
        """
        raise NotImplementedError

    def errors(self, clips: Clips) -> pd.DataFrame:
        """Return the clips' own table with what was heard, and whether that is wrong (0 or 1): for ``audit_errors``.

        Parameters
        ----------
        clips : Clips
            What is heard.

        Returns
        -------
        DataFrame
            Columns of the clips, heard, wrong.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> from biasaudit.models.speech import Recogniser
        >>> class AlwaysOne(Recogniser):
        ...     def predict(self, clips):
        ...         return np.full(len(clips), "one", dtype=object)
        >>> frame = pd.DataFrame({"speaker": ["a", "b"], "gender": ["woman", "man"], "word": ["one", "two"]})
        >>> clips = Clips(np.zeros((2, 16_000), dtype=np.float32), frame)
        >>> AlwaysOne().errors(clips)[["heard", "wrong"]].to_numpy().tolist()
        [['one', 0], ['one', 1]]
        """
        versions = self.predict(clips)
        return clips.frame.assign(heard=versions, wrong=(versions != clips.frame["word"].to_numpy()).astype(int))


class WordRecogniser(Recogniser):
    """A convolutional network on log-mel features that names one of the words it was trained on.

    Parameters
    ----------
    method : {"plain", "vtlp", "pitch", "group_dro"}
        How it is trained: as usual; with voices warped as if vocal tracts had other lengths (Jaitly and Hinton 2013);
        at other pitches, up to 1.2 octaves away, while the vocal tract stays; or with the more weight on a group the
        worse it is heard (Sagawa et al. 2020).
    epochs : int
        How often every clip is learnt from.
    random_state : int
        Seed of all that is drawn.
    device : str
        "auto" takes a CUDA device where there is one.

    Raises
    ------
    AuditError
        If the method is unknown or PyTorch is not installed.

    Examples
    --------
    >>> import biasaudit as ba
    >>> clips = ba.datasets.make_speech({("man", "us"): 4}, words=["one", "two"], takes=3)
    >>> train, test = clips.split()
    >>> WordRecogniser(epochs=10).fit(train).errors(test)[["speaker", "wrong"]].shape
    (12, 2)
    """

    def __init__(self, method: str = "plain", *, epochs: int = 12, random_state: int = 0, device: str = "auto") -> None:
        if method not in METHODS:
            raise AuditError(
                f'"{clean(str(method))}" is not a method.{nearest(str(method), list(METHODS))} '
                f"Methods: {', '.join(METHODS)}."
            )
        try:
            import torch
        except ImportError:
            raise AuditError('WordRecogniser needs PyTorch. Install it with: pip install "biasaudit[torch]"') from None
        self.method, self.epochs, self.random_state = method, epochs, random_state
        self.device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device

    def fit(self, clips: Clips) -> WordRecogniser:
        """Train on clips.

        Parameters
        ----------
        clips : Clips
            What is learnt from.

        Returns
        -------
        WordRecogniser

        Raises
        ------
        AuditError
            If there is a single word to learn.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> from biasaudit.models.speech import WordRecogniser
        >>> seconds = np.arange(16_000) / 16_000
        >>> tones = [np.sin(2 * np.pi * hertz * seconds) for hertz in (300, 310, 320, 2000, 2100, 2200)]
        >>> frame = pd.DataFrame({"speaker": list("abcabc"), "gender": "woman", "accent": "us"})
        >>> frame["word"] = ["low"] * 3 + ["high"] * 3
        >>> clips = Clips(np.array(tones, dtype=np.float32), frame)
        >>> recogniser = WordRecogniser(epochs=10, device="cpu").fit(clips)
        >>> set(recogniser.errors(clips)["wrong"]) <= {0, 1}
        True
        """
        import torch
        from torch.nn.functional import cross_entropy

        self.words_: tuple[str, ...] = tuple(sorted(clips.frame["word"].unique()))
        if len(self.words_) < 2:
            raise AuditError("There is one word to learn, so nothing to tell apart. Give clips of two words or more.")
        features = clips.log_mel()
        self.mean_ = features.mean(axis=(0, 2), keepdims=True)
        self.scale_ = features.std(axis=(0, 2), keepdims=True) + 1e-3
        names = (clips.frame["gender"] + " " + clips.frame["accent"]).to_numpy()
        _, codes = np.unique(names, return_inverse=True)
        word = np.searchsorted(np.array(self.words_), clips.frame["word"].to_numpy())
        with torch.random.fork_rng(devices=[self.device] if self.device != "cpu" else []):
            torch.manual_seed(self.random_state)
            x, y, group = map(self._tensor, (self._scaled(features), word, codes))
            others = [self._tensor(self._pitched(clips)) for _ in range(PITCHES * (self.method == "pitch"))]
            versions = torch.stack([x, *others])
            self.net_ = _net(features.shape[1], len(self.words_)).to(self.device)
            steps = -(-len(x) // BATCH) * self.epochs
            rule = torch.optim.AdamW(self.net_.parameters(), lr=RATE_OF_LEARNING, weight_decay=1e-2)
            plan = torch.optim.lr_scheduler.OneCycleLR(rule, RATE_OF_LEARNING * 2, total_steps=steps)
            groups = int(codes.max()) + 1
            weight = torch.full((groups,), 1 / groups, device=self.device)
            self.net_.train()
            for _ in range(self.epochs):
                for part in torch.randperm(len(x)).to(self.device).split(BATCH):
                    batch = versions[torch.randint(len(versions), (len(part),)), part]
                    batch = _warped(batch) if self.method == "vtlp" else batch
                    losses = cross_entropy(self.net_(_shifted(batch)), y[part], reduction="none")
                    loss = _worst_first(losses, group[part], weight) if self.method == "group_dro" else losses.mean()
                    rule.zero_grad()
                    loss.backward()
                    rule.step()
                    plan.step()
        self.net_.eval()
        return self

    def predict(self, clips: Clips) -> NDArray[np.object_]:
        """Name the word that is heard in each clip.

        Parameters
        ----------
        clips : Clips
            What is heard.

        Returns
        -------
        array of str

        Raises
        ------
        AuditError
            If it was not trained.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> from biasaudit.models.speech import WordRecogniser
        >>> seconds = np.arange(16_000) / 16_000
        >>> tones = [np.sin(2 * np.pi * hertz * seconds) for hertz in (300, 310, 320, 2000, 2100, 2200)]
        >>> frame = pd.DataFrame({"speaker": list("abcabc"), "gender": "woman", "accent": "us"})
        >>> frame["word"] = ["low"] * 3 + ["high"] * 3
        >>> clips = Clips(np.array(tones, dtype=np.float32), frame)
        >>> recogniser = WordRecogniser(epochs=10, device="cpu").fit(clips)
        >>> len(recogniser.predict(clips)), set(recogniser.predict(clips)) <= {"low", "high"}
        (6, True)
        """
        import torch

        if not hasattr(self, "net_"):
            raise AuditError("The recogniser has not been trained. Call fit() first.")
        x = torch.as_tensor(self._scaled(clips.log_mel()))
        with torch.no_grad():
            versions = [self.net_(part.to(self.device)).argmax(1).cpu() for part in x.split(512)]
        return np.asarray(np.array(self.words_, dtype=object)[torch.cat(versions).numpy()])

    def _pitched(self, clips: Clips) -> Any:
        """Hear every clip at a pitch of its own."""
        import torch

        factor = 2 ** (OCTAVES * (2 * torch.rand(len(clips)) - 1)).numpy()
        return self._scaled(log_mel(clips.audio, clips.rate, pitch=factor))

    def _tensor(self, features: Any) -> Tensor:
        import torch

        return torch.as_tensor(features).to(self.device)

    def _scaled(self, features: Any) -> Any:
        return (features - self.mean_) / self.scale_


def _net(bands: int, words: int) -> nn.Module:
    """Three convolutions that halve the plane, without pooling: so small that it is trained in seconds."""
    from torch import nn

    def block(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
        place = nn.Conv2d(inputs, outputs, kernel, stride=2, padding=kernel // 2)
        return [place, nn.BatchNorm2d(outputs), nn.ReLU()]

    return nn.Sequential(
        nn.Unflatten(1, (1, bands)),
        nn.AvgPool2d((1, 2)),
        *block(1, 16, 5),
        *block(16, 32, 3),
        *block(32, 48, 3),
        nn.AdaptiveAvgPool2d((5, 4)),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(48 * 20, words),
    )


def _shifted(batch: Tensor) -> Tensor:
    """Start each clip a little later or earlier, so that its place tells nothing."""
    import torch

    return torch.roll(batch, int(torch.randint(-8, 9, ())), dims=2)


def _warped(batch: Tensor) -> Tensor:
    """Stretch or squeeze the frequencies of each clip, as vocal tracts of other lengths do.

    References
    ----------
    Jaitly and Hinton (2013), "Vocal tract length perturbation improves speech recognition".
    """
    import torch

    clips, bands, frames = batch.shape
    low, high = (2595 * np.log10(1 + end / 700) for end in (60.0, 8_000.0))
    mel = torch.linspace(low, high, bands + 2)[1:-1]
    hertz = 700 * (10 ** (mel / 2595) - 1)
    # Drawn on the CPU, so that a seed warps alike on every device.
    factor = 1 + WARP * (2 * torch.rand(clips, 1) - 1)
    wanted = 2595 * torch.log10(1 + hertz * factor / 700)
    place = ((wanted - mel[0]) / (mel[1] - mel[0])).clamp(0, bands - 1.001).to(batch.device)
    below = place.floor().long()
    share = (place - below)[:, :, None]
    below = below[:, :, None].expand(-1, -1, frames)
    return (1 - share) * batch.gather(1, below) + share * batch.gather(1, below + 1)


def _worst_first(losses: Tensor, group: Tensor, weight: Tensor) -> Tensor:
    """Weigh the groups' mean losses, and move the weights towards the worst (Sagawa et al. 2020, algorithm 1)."""
    import torch

    sums = torch.zeros_like(weight).index_add(0, group, losses)
    rows = torch.zeros_like(weight).index_add(0, group, torch.ones_like(losses))
    means = sums / rows.clamp(min=1)
    with torch.no_grad():
        weight *= torch.exp(STEP * means)
        weight /= weight.sum()
    return (weight * means).sum()
