"""What every test runs with: no clock decides, and nothing outside of this run is read or written."""

import os
import re
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# One thread and one process each: tests run side by side, and all that want all cores would wait for each other.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT"):
    os.environ.setdefault(name, "1")

settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


# What needs a browser and a dashboard, or a Java: dear to start.
STARTED = re.compile(r"^tests/browser/|[-\[_]spark\b|test_spark_")
LESSONS = re.compile(r"^tests/lessons/")


def pytest_configure(config):
    """Keep what is synthesised and trained in a folder of this run alone, which its workers share."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="biasaudit-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ["BIASAUDIT_CACHE"] = folder.name


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Mark what is slow by what it is, and let one worker begin with all that has to be started: it is started once."""
    for item in items:
        if STARTED.search(item.nodeid) or LESSONS.search(item.nodeid):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: STARTED.search(item.nodeid) is None)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process: its exit code, and what it printed on either stream."""
    from biasaudit import process

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["biasaudit", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            process.main()
        return stop.value.code, *capsys.readouterr()

    return run
