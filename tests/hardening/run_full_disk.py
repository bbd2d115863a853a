"""Fill the disk under `biasaudit monitor add`: it says so, nothing is lost or half-made, and with room it works again.

python tests/hardening/run_full_disk.py --sizes 50

It mounts small disks in memory, as root or in a name space of its own.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from children import answer, biasaudit, held, imported, ran, tables

MOST_DAYS = 8
SMALLEST, LARGEST = 4, 3000
INSIDE = "BIASAUDIT_OWN_MOUNTS"


def mount(folder, kilobytes, again=False):
    options = f"size={kilobytes}k" + (",remount" if again else "")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)


def can_mount():
    with tempfile.TemporaryDirectory(prefix="biasaudit-disk-") as folder:
        try:
            mount(folder, 64)
        except (OSError, subprocess.CalledProcessError):
            return False
        subprocess.run(["umount", folder], check=True)
        return True


def add(store, table, day, out):
    return ran(lambda: biasaudit("monitor", "add", store, table, "--day", day), out)


def filled(store, saved, rng, out):
    """Add days until the disk is full; the days acknowledged, the one that was not, and the faults."""
    days, day, faults = {}, date(2026, 1, 1), []
    for _ in range(MOST_DAYS):
        day += timedelta(days=1)
        table, rows = rng.choice(saved)
        status, said = add(store, table, str(day), out)
        if status == 0:
            days[str(day)] = rows
            continue
        told = f'Error: The disk with "{store}" is full, and nothing was changed. Make room, then try again.\n'
        if status != 2 or said != told:
            faults.append(f"exit {status}: {said[-400:]}")
        return days, str(day), faults
    return days, None, faults


def held_against(store, days, when, out):
    try:
        found = answer(lambda: held(store), out)
    except RuntimeError as error:
        return [] if not days and "its making was cut short" in str(error) else [f"{when}: {error}"]
    lost = [day for day in days if found.get(day) != days[day]]
    more = [day for day in found if day not in days]
    return [
        f"{when}: {what} {names}" for what, names in (("lost", lost), ("not acknowledged and there", more)) if names
    ]


def on_a_disk(folder, kilobytes, saved, rng, out):
    """Fill one disk, make room, and go on; say whether it was full, and what went wrong."""
    mount(folder, kilobytes)
    try:
        store = Path(folder) / "counts.duckdb"
        days, refused, faults = filled(store, saved, rng, out)
        left = [path.name for path in Path(folder).iterdir() if path.name not in (store.name, f"{store.name}.wal")]
        faults += [f"left behind: {left}"] if left else []
        faults += held_against(store, days, "full", out)
        mount(folder, 200_000, again=True)
        day = refused or "2027-01-01"
        status, said = add(store, saved[1][0], day, out)
        if status:
            faults.append(f"with room, exit {status}: {said[-400:]}")
        else:
            days[day] = saved[1][1]
        faults += held_against(store, days, "with room", out)
        left = [path.name for path in Path(folder).iterdir() if path != store]
        faults += [f"left behind with room: {left}"] if left else []
        return refused is not None, len(days) - 1, faults
    finally:
        subprocess.run(["umount", folder], check=True)


def run(sizes, seed):
    """Fill so many disks of sizes spread evenly, each somewhere within its stretch."""
    rng, faults, full, after = random.Random(seed), [], 0, 0
    imported()
    with tempfile.TemporaryDirectory(prefix="biasaudit-disk-") as name:
        out, disk = Path(name) / "out", Path(name) / "disk"
        disk.mkdir()
        saved = [tuple(pair) for pair in answer(lambda: tables(name), out)]
        step = (LARGEST - SMALLEST) / sizes
        for at in range(sizes):
            kilobytes = int(SMALLEST + step * (at + rng.random()))
            was_full, days, found = on_a_disk(str(disk), kilobytes, saved, rng, out)
            full += was_full
            after += was_full and days > 0
            faults += [f"{kilobytes} kB: {fault}" for fault in found]
    return faults, (
        f"{sizes} disks of {SMALLEST}–{LARGEST} kB: {full} were full before {MOST_DAYS} days, {after} of them after a "
        f"day was acknowledged; {len(faults)} faults."
    )


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", type=int, default=50)
    asked.add_argument("--seed", type=int, default=20)
    given = asked.parse_args()
    if not can_mount():
        # A user without rights may mount in a name space of their own, where the system allows that.
        if shutil.which("unshare") and INSIDE not in os.environ:
            again = ["unshare", "-rm", sys.executable, *sys.argv]
            return subprocess.run(again, env=os.environ | {INSIDE: "1"}, check=False).returncode
        print("Cannot run: small disks can be mounted here neither as this user nor in a name space.")
        return 2
    faults, line = run(given.sizes, given.seed)
    print("\n".join([*faults, line]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
