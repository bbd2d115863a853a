"""What every test runs with: no clock decides, and nothing outside of this run is read or written."""

import os
import re
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# One thread each: tests run side by side, and libraries that want all cores would wait for each other.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


# A browser, notebooks that are run whole, and a Java for Spark.
SLOW = re.compile(r"^tests/(browser|lessons)/|[-\[]spark\b")


def pytest_configure(config):
    """Keep what is synthesised and trained in a folder of this run alone, which its workers share."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="biasaudit-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ["BIASAUDIT_CACHE"] = folder.name


def pytest_collection_modifyitems(items):
    """Mark what takes seconds by what it is; other tests bear the mark themselves."""
    for item in items:
        if SLOW.search(item.nodeid):
            item.add_marker(pytest.mark.slow)
