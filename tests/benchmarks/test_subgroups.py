"""The search for subgroups against DivExplorer and SliceLine, measured in one run: ``make bench``."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.audits.source import opened
from biasaudit.audits.subgroups._counted_patterns import searched
from biasaudit.audits.subgroups.input import read_cells
from biasaudit.audits.subgroups.request import rate_of, read_search_request

FEATURES = [f"f{j}" for j in range(10)]
SHARES = [0.4, 0.2, 0.15, 0.1, 0.1, 0.05]


def people(rows):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice(list("abcdef"), rows, p=SHARES) for name in FEATURES})
    frame["wrong"] = (rng.random(rows) < 0.2).astype(int)
    return frame


def seconds(action, rounds=1):
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return min(times)


def cells_of(frame):
    """Read the people of each combination of levels, as find_subgroups does."""
    given = dict.fromkeys(("y_true", "y_pred", "sample_weight", "cluster", "count"))
    given |= {"sensitive_features": FEATURES, "outcome": "wrong"}
    request = read_search_request(frame, given, None, pos_label=None, bins=None, confidence=0.95)
    with opened(frame, request) as source:
        return read_cells(source, request, rate_of(None, request))


def counted(frame):
    """Count every pattern of the table, as the others do: nothing is confirmed, and nothing laid out."""
    cells = cells_of(frame)
    return searched(cells, None, 0.01, "cpu", 0)


def whole(frame):
    return ba.find_subgroups(frame, outcome="wrong", features=FEATURES, device="cpu").subgroups()


@pytest.fixture(scope="module")
def thirty_thousand():
    frame = people(30_000)
    return frame, seconds(lambda: counted(frame), 7), seconds(lambda: whole(frame), 7), len(whole(frame))


def test_against_divexplorer(thirty_thousand, ratio):
    divexplorer = pytest.importorskip("divexplorer")
    frame, count, everything, patterns = thirty_thousand
    explore = divexplorer.DivergenceExplorer(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments = {"min_support": 0.01, "attributes": FEATURES, "boolean_outcomes": ["wrong"]}
        took = seconds(lambda: explore.get_pattern_divergence(**arguments), 3)
    what = f"of 30,000 rows by 10 features, {patterns:,} patterns ({took:.2f} s)"
    ratio(f"DivExplorer, over counts {what}", f"{took / count:.0f} ×", "60 ×", took / count >= 60)
    ratio(
        f"DivExplorer, over a whole search, confirmed ({everything * 1000:.0f} ms)",
        f"{took / everything:.0f} ×",
        "60 ×",
        took / everything >= 60,
    )


def test_against_sliceline(thirty_thousand, ratio):
    sliceline = pytest.importorskip("sliceline.slicefinder")
    frame, count, everything, _ = thirty_thousand
    x, errors = frame[FEATURES].to_numpy(), frame["wrong"].to_numpy(float)
    finder = sliceline.Slicefinder(alpha=0.95, k=10, max_l=3, min_sup=300, verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        took = seconds(lambda: finder.fit(x, errors), 2)
    what = f"of 30,000 rows by 10 features, at most 3 conditions against all ({took:.2f} s)"
    ratio(f"sliceline, over counts {what}", f"{took / count:.0f} ×", "100 ×", took / count >= 100)
    ratio("sliceline, over a whole search, confirmed", f"{took / everything:.0f} ×", "100 ×", took / everything >= 100)


def test_three_hundred_thousand_rows(ratio):
    frame = people(300_000)
    cells = cells_of(frame)
    took, everything = seconds(lambda: searched(cells, None, 0.01, "cpu", 0), 3), seconds(lambda: whole(frame), 3)
    ratio("patterns of 300,000 rows by 10 features, read already", f"{took * 1000:.0f} ms", "600 ms", took <= 0.6)
    ratio("the same with reading, confirmation and table", f"{everything * 1000:.0f} ms", "", True)
