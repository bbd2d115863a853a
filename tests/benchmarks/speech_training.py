"""Time clips: how long they take to be spoken with nothing kept, and to be learnt from, on each device there is.

``python tests/benchmarks/speech_training.py 100000`` learns from so many clips, 8,000 otherwise; those beyond the ones
that are spoken are the same clips with other noise.
"""

import os
import sys
import tempfile
import time

import numpy as np

SPOKEN = 7_900


def spoken():
    import biasaudit as ba

    with tempfile.TemporaryDirectory() as folder:
        os.environ["BIASAUDIT_CACHE"] = folder
        start = time.perf_counter()
        clips = ba.datasets.make_speech({("man", "us"): 61, ("woman", "us"): 18}, takes=10)
        took = time.perf_counter() - start
    print(f"{len(clips):,} clips spoken in {took:.1f} s on {os.cpu_count()} cores (target 60 for 8,000)", flush=True)
    return clips


def many(clips, n):
    """Repeat clips until there are so many, each time with other noise."""
    from dataclasses import replace

    from biasaudit.datasets.speech.audio import add_noise

    rng = np.random.default_rng(0)
    rows = np.arange(n) % len(clips)
    made = clips.take(rows)
    return replace(made, audio=add_noise(made.audio, 10.0, rng))


def main(n):
    import torch

    from biasaudit.models.speech import WordRecogniser

    clips = many(spoken(), n)
    clips.log_mel()
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        start = time.perf_counter()
        WordRecogniser(device=device).fit(clips)
        name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
        print(
            f"trained on {n:,} clips, 12 epochs, on {device} ({name}): {time.perf_counter() - start:.1f} s", flush=True
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000)
