"""Stop an audit of a compressed table at many moments: it exits with 143 and leaves nothing behind."""

import argparse
import gzip
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "biasaudit", "audit", "people.csv.gz", "--y-true", "y", "--y-pred", "p"]
ASKED = ["--sensitive", "sex", "--json", "audit.json", "--html", "audit.html"]
# A shell says 143 of both: a process that ended by the signal, before Python could listen to it, left nothing either.
STOPPED = {128 + signal.SIGTERM, -signal.SIGTERM}


def write_people(path, rows, seed=0):
    draw = random.Random(seed)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        file.write("sex,y,p,note\n")
        for _ in range(rows):
            file.write(f"{draw.choice('FM')},{draw.random() < 0.4:d},{draw.random() < 0.4:d},{draw.random()}\n")


def start(folder, temporary):
    return subprocess.Popen(
        [*COMMAND, *ASKED],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped(folder, temporary, after):
    """Stop it after some seconds; return the exit code, what it said, and what was left."""
    process = start(folder, temporary)
    time.sleep(after)
    process.terminate()
    _, err = process.communicate(timeout=120)
    left = [path.name for path in temporary.iterdir()]
    left += [path.name for path in folder.iterdir() if path.name.startswith(".") or path.suffix == ".part"]
    return process.returncode, err, left


def stopped_inside(folder, temporary):
    """Stop it as soon as rows of people lie in the temporary folder."""
    process = start(folder, temporary)
    while process.poll() is None and not any(path.stat().st_size for path in temporary.glob("*/*.csv")):
        time.sleep(0.005)
    process.terminate()
    _, err = process.communicate(timeout=120)
    return process.returncode, err, [path.name for path in temporary.iterdir()]


def main(moments, rows, seed):
    bad, codes = [], {}
    with tempfile.TemporaryDirectory() as base:
        folder, temporary = Path(base, "here"), Path(base, "temporary")
        folder.mkdir()
        temporary.mkdir()
        write_people(folder / "people.csv.gz", rows)
        start_at = time.monotonic()
        assert start(folder, temporary).wait() == 0
        whole = time.monotonic() - start_at
        draw = random.Random(seed)
        for _ in range(moments):
            after = draw.uniform(0, whole)
            code, err, left = stopped(folder, temporary, after)
            codes[code] = codes.get(code, 0) + 1
            # Who comes too late finds it done.
            if left or "Traceback" in err or code not in STOPPED | {0}:
                bad.append((round(after, 3), code, left, err[-300:]))
    print(f"{moments} moments within {whole:.1f} s; exit codes {codes}; {len(bad)} wrong")
    for one in bad:
        print(one)
    return bool(bad)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20)
    sys.exit(main(**vars(parser.parse_args())))
