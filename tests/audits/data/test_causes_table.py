"""The audit of a data set names the cause that was planted, at the settings that docs/measured/causes.md measures."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from biasaudit.audits.data._causes import CAUSES
from biasaudit.audits.data._wrong_labels import rows_to_verify
from biasaudit.inference.testing.power import rows_needed

pytestmark = pytest.mark.slow
SIMULATION = runpy.run_path(str(Path(__file__).parents[2] / "coverage" / "simulate_causes.py"))
SEEDS = range(1_000, 1_006)
TOLD = (
    "underrepresentation",
    "proxy_strength",
    "missingness",
    "artefact",
    "label_bias",
    "omitted_variable",
    "policing",
)
TOGETHER = {CAUSES[5], CAUSES[6], CAUSES[7]}


@pytest.fixture(scope="module")
def named():
    """Causes named without and with verified labels, by dial: a pair a seed and generator."""
    found = {}
    for name, dial in SIMULATION["CELLS"]:
        if dial in TOLD:
            both = (SIMULATION["audits"](SIMULATION["make"](name, dial, seed), seed) for seed in SEEDS)
            found.setdefault(dial, []).extend(tuple(map(SIMULATION["named"], pair)) for pair in both)
    return found


@pytest.mark.parametrize("dial", TOLD)
def test_what_was_planted_is_named(named, dial):
    alone = np.mean([SIMULATION["ALONE"][dial] in without for without, _ in named[dial]])
    checked = np.mean([SIMULATION["CHECKED_TOO"][dial] in verified for _, verified in named[dial]])
    assert (alone >= 0.9, checked >= 0.9) == (True, True), (alone, checked)


@pytest.mark.parametrize("dial", TOLD)
def test_data_alone_name_neither_of_two_causes_that_look_alike(named, dial):
    told = [TOGETHER & set(without) for without, _ in named[dial]]
    wanted = {CAUSES[5]} & {SIMULATION["ALONE"][dial]}
    assert np.mean([one == wanted for one in told]) >= 0.9
    assert not any(one - {CAUSES[5]} for one in told)


@pytest.mark.parametrize("dial", TOLD)
def test_verified_labels_name_one_of_them_alone(named, dial):
    wanted = TOGETHER & {SIMULATION["CHECKED_TOO"][dial]}
    assert np.mean([TOGETHER & set(verified) == wanted for _, verified in named[dial]]) >= 0.9


def test_nothing_planted_names_nothing():
    for name in SIMULATION["MAKE"]:
        alone, checked = SIMULATION["audits"](SIMULATION["make"](name, SIMULATION["NONE"], 1_000), 1_000)
        assert (SIMULATION["named"](alone), SIMULATION["named"](checked)) == ((), ())


def test_as_many_verified_rows_as_the_audit_asks_for_tell_four_times_in_five():
    told = []
    for seed in SEEDS:
        data = SIMULATION["MAKE"]["hiring"](SIMULATION["ROWS"], label_bias=0.3, random_state=seed)
        asked = int(SIMULATION["ba"].audit_dataset(data).part("label_errors")["verify"].iloc[0])
        checked = SIMULATION["ba"].audit_dataset(data, verified=SIMULATION["verify"](data, seed, asked))
        told.append("label bias" in SIMULATION["named"](checked))
    assert np.mean(told) >= 0.8, told


def test_rows_to_verify_are_enough_for_either_label():
    assert rows_to_verify((0.2, 0.1)) == rows_to_verify((0.1, 0.2)) == rows_needed(0.1, 0.0)
    assert rows_to_verify((0.1, 0.1), (0.0, 0.3)) == rows_needed(0.1, 0.3)
    assert rows_to_verify((0.1, 0.1), level=0.002) == rows_needed(0.1, 0.0, alpha=0.002) > rows_needed(0.1, 0.0)


def test_a_label_of_which_too_few_could_be_wrong_asks_for_nothing():
    assert rows_to_verify((0.1, 0.9), (0.0, 0.2)) == rows_needed(0.1, 0.0)
    assert np.isnan(rows_to_verify((0.9, 0.9), (0.2, 0.2)))
