"""A comparison that is stopped leaves no process behind, however it is stopped."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

import biasaudit as ba
from biasaudit.mitigation import compare, expected_seconds
from started import until


class Slow(ClassifierMixin, BaseEstimator):
    """Writes down its process, and takes its time."""

    def __init__(self, folder=None):
        self.folder = folder

    def fit(self, X, y, sensitive_features=None):
        (Path(self.folder) / str(os.getpid())).touch()
        time.sleep(60)
        (Path(self.folder) / "ended").touch()

    def predict(self, X, sensitive_features=None):
        return np.zeros(len(X), int)


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(folder):
    return until(lambda: not any(runs(file.name) for file in folder.iterdir()))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_what_listens_can_stop_trials_that_have_not_ended(tmp_path):
    class EnoughError(Exception):
        pass

    def listen(done, total, name):
        assert total == 4
        if list(tmp_path.iterdir()):
            raise EnoughError

    with pytest.raises(EnoughError):
        compare(ba.datasets.make_hiring(600), {"slow": Slow(str(tmp_path))}, folds=2, n_jobs=2, progress=listen)
    assert gone(tmp_path)
    assert not (tmp_path / "ended").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_workers_leave_when_the_process_that_asked_is_killed(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "import biasaudit as ba\n"
        "from test_stopping import Slow\n"
        "ba.mitigation.compare(ba.datasets.make_hiring(600), {'slow': Slow(sys.argv[1])}, folds=2, n_jobs=2)\n"
    )
    here = str(Path(__file__).parent)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(ba.__file__).parents[1]), str(Path(here).parent), here])
    }
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), here], env=environment, stderr=subprocess.DEVNULL
    ) as asking:
        assert until(lambda: list(tmp_path.iterdir()))
        asking.kill()
    assert gone(tmp_path)
    assert not (tmp_path / "ended").exists()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_who_listens_is_told_of_every_trial(n_jobs):
    heard = []
    data = ba.datasets.make_hiring(600)
    compare(data, ["reweighing"], folds=2, n_jobs=n_jobs, progress=lambda *said: heard.append(said))
    assert heard[0] == (0, 4, "")
    assert list(dict.fromkeys(done for done, _, _ in heard)) == [0, 1, 2, 3, 4]
    assert {name for _, _, name in heard} == {"", "unmitigated", "reweighing"}


def test_expected_seconds_grow_with_what_is_asked():
    data = ba.datasets.make_hiring(4_000)
    few = expected_seconds(data, ["reweighing"], folds=2)
    assert 0 < few < expected_seconds(data, ["reweighing"], folds=10, repeats=20)
    with pytest.raises(ba.AuditError, match='"rewaying" is not a mitigation'):
        expected_seconds(data, ["rewaying"])
