"""Data sets with one bias planted at a time, written for the tests of the data audit alone."""

import numpy as np
import pandas as pd

FEATURES = ["years", "score", "degree", "town", "club", "month"]
POPULATION = {"sex": {"woman": 0.5, "man": 0.5}}


def planted(seed, rows=2_000, **bias):
    """Draw people whose label depends on years, score and degree, and on the group only as `bias` says."""
    rng = np.random.default_rng(seed)
    share = 0.5 - bias.get("representation", 0.0)
    woman = rng.random(rows) < share
    years = np.clip(np.round(rng.normal(8, 4, rows) - bias.get("history", 0.0) * woman), 0, 20)
    score = np.round(rng.normal(50, 15, rows), 1)
    degree = rng.choice(["none", "bachelor", "master"], rows, p=[0.4, 0.4, 0.2])
    strength = 0.12 * (years - 8) + 0.05 * (score - 50) + 0.5 * (degree == "master")
    strength = strength - bias.get("unmeasured", 0.0) * woman
    truth = rng.random(rows) < 1 / (1 + np.exp(0.4 - strength))
    label = truth & ~(woman & (rng.random(rows) < bias.get("label", 0.0)))
    club = rng.choice(["chess", "choir", "hockey"], rows)
    tell = rng.random(rows) < bias.get("proxy", 0.0)
    club = np.where(tell, np.where(woman, "choir", "hockey"), club)
    month = pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 360, rows), unit="D")
    month = month.strftime("%Y-%m").to_numpy(dtype=object)
    late = rng.random(rows) < bias.get("artefact", 0.0)
    month = np.where(late, "2021-01", month)
    label = label | late
    gone = rng.random(rows) < 0.02 + bias.get("missing", 0.0) * woman
    return pd.DataFrame(
        {
            "sex": np.where(woman, "woman", "man"),
            "years": years,
            "score": np.where(gone, np.nan, score),
            "degree": degree,
            "town": rng.choice(["north", "south", "east", "west"], rows),
            "club": club,
            "month": month,
            "hired": label.astype(int),
            "truth": truth.astype(int),
        }
    )
