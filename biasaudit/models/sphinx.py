"""PocketSphinx, a recogniser that nobody here built: audited on the same clips as our own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biasaudit.datasets.speech.clips import Clips
from biasaudit.datasets.speech.voices import DIGITS
from biasaudit.errors import AuditError
from biasaudit.models.speech import Recogniser
from biasaudit.names import clean

__all__ = ["PocketSphinx"]

WORD = re.compile(r"[a-z]+('[a-z]+)?")


class PocketSphinx(Recogniser):
    """PocketSphinx with its model of American English, asked for one of a list of words.

    Parameters
    ----------
    words : sequence of str
        In small letters; each has to be in its dictionary. The ten digits otherwise.

    Raises
    ------
    AuditError
        If PocketSphinx is not installed, or a word is not one or not in its dictionary.

    References
    ----------
    Huggins-Daines et al. (2006), "PocketSphinx: a free, real-time continuous speech recognition system for hand-held
    devices".

    Examples
    --------
    >>> import biasaudit as ba
    >>> clips = ba.datasets.make_speech({("man", "us"): 2}, words=["one", "seven"], takes=1)
    >>> PocketSphinx(["one", "seven"]).errors(clips)["heard"].isin(["one", "seven", ""]).all().item()
    True
    """

    def __init__(self, words: Sequence[str] = DIGITS) -> None:
        try:
            from pocketsphinx import Decoder, get_model_path
        except ImportError:
            raise AuditError('PocketSphinx is missing. Install it with: pip install "biasaudit[asr]"') from None
        self.words = tuple(words)
        for word in self.words:
            # A grammar has marks of its own, so a word is checked before it stands in one.
            if not isinstance(word, str) or not WORD.fullmatch(word):
                raise AuditError(f"{clean(repr(word))} is not a word in small letters, such as 'seven'.")
        self._check_known(Path(get_model_path()))
        grammar = f"#JSGF V1.0;\ngrammar words;\npublic <word> = {' | '.join(self.words)} ;\n"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "words.gram"
            path.write_text(grammar, "utf-8")
            self._decoder: Any = Decoder(samprate=16_000, jsgf=str(path), loglevel="FATAL")

    def _check_known(self, model: Path) -> None:
        wanted = set(self.words)
        with (model / "en-us" / "cmudict-en-us.dict").open(encoding="utf-8") as file:
            for line in file:
                wanted.discard(line.split(" ", 1)[0])
        if not self.words or wanted:
            found = f'"{clean(sorted(wanted)[0])}" is not in its dictionary' if wanted else "no word was given"
            raise AuditError(f"PocketSphinx cannot listen for these words: {found}. Give words of American English.")

    def predict(self, clips: Clips) -> NDArray[np.object_]:
        """Name the word that is heard in each clip; an empty text where none is.

        Parameters
        ----------
        clips : Clips
            What is heard.

        Returns
        -------
        array of str

        Examples
        --------
        >>> from biasaudit.models.sphinx import PocketSphinx
        >>> import numpy as np, pandas as pd
        >>> from biasaudit.datasets import Clips
        >>> frame = pd.DataFrame({"speaker": ["a"], "word": ["one"]})
        >>> silence = Clips(np.zeros((1, 16_000), dtype=np.float32), frame)
        >>> PocketSphinx(["one", "two"]).predict(silence).shape
        (1,)
        """
        words = np.empty(len(clips), dtype=object)
        for i, clip in enumerate(clips.audio):
            self._decoder.start_utt()
            samples = (np.clip(clip, -1, 1) * 32_767).astype("<i2").tobytes()
            self._decoder.process_raw(samples, full_utt=True)
            self._decoder.end_utt()
            found = self._decoder.hyp()
            words[i] = found.hypstr if found else ""
        return words
