"""Run the command line in processes of its own that start at once: they are forked from one that has imported it.

The process that forks never opens DuckDB, whose threads would not be in its children.
"""

import json
import os
import sys
import traceback
from pathlib import Path


def forked(call, out, err=None):
    """Run a call in a child that writes to the file `out`, errors to `err` if given; return the child's process id."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(1 if err is None else os.open(err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        code = call() or 0
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def ended(child):
    """Wait for a child; its exit status, minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ran(call, out):
    """Run a call in a child to its end; its exit status and what it said."""
    status = ended(forked(call, out))
    return status, Path(out).read_text("utf-8", "replace")


def answer(call, out):
    """Run a call in a child and return what it returns, by way of JSON."""
    status, said = ran(lambda: print(json.dumps(call())), out)
    if status:
        raise RuntimeError(f"exit {status}: {said[-500:]}")
    return json.loads(said.splitlines()[-1])


def biasaudit(*arguments):
    """Run a command as `biasaudit …` does, in this process."""
    from biasaudit import process

    sys.argv = ["biasaudit", *map(str, arguments)]
    process.main()


def imported():
    """Import what the command line imports on its way, so that children need not."""
    import duckdb  # noqa: F401
    import numpy.ma  # noqa: F401
    import pandas as pd  # noqa: F401

    import biasaudit.audits.audit_predictions
    import biasaudit.cli.app
    import biasaudit.monitoring._store
    import biasaudit.process  # noqa: F401


def held(store):
    """Return the counts of each day of a store: the rows of its cells, by day."""
    from biasaudit.monitoring import Store

    if not Path(store).exists():
        return {}
    if not len(Store(store).days()):
        return {}
    return {str(day): sorted(table.rows.tolist()) for day, table in Store(store).tables().items()}


def tables(folder):
    """Save a small and a large table of counts; their files by the rows of their cells."""
    import numpy as np
    import pandas as pd

    import biasaudit as ba

    saved = []
    for at, n in enumerate((100, 20_000)):
        rng = np.random.default_rng(at)
        frame = pd.DataFrame(
            {
                "sex": rng.choice(["F", "M"], n),
                "age": rng.choice(["young", "old", "older"], n),
                "y": rng.integers(0, 2, n),
                "s": rng.integers(0, 101, n) / 100,
                "w": rng.random(n) + 0.1,
            }
        )
        table = ba.count(
            frame, sensitive_features=["sex", "age"], y_true="y", score="s", threshold=0.5, sample_weight="w"
        )
        path = Path(folder) / f"table_{at}.parquet"
        table.save(path)
        saved.append((str(path), sorted(table.rows.tolist())))
    return saved
