"""Kill `biasaudit monitor add` at random moments: nothing acknowledged is lost, and the next add tidies up.

python tests/hardening/run_kills.py --kills 500
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from children import answer, biasaudit, ended, forked, held, imported, ran, tables

# A store is left after so many kills for a new one: its making is where most can go wrong.
KILLS_OF_A_STORE = 4


@dataclass(frozen=True)
class Measured:
    """Seconds that an add takes, and that files change when it makes a store or adds to one."""

    whole: float
    making: float
    adding: float


class Life:
    """One store: what it may hold by day, and what happened to it."""

    def __init__(self, folder):
        folder.mkdir()
        self.path, self.days, self.next = folder / "counts.duckdb", {}, date(2026, 1, 1)

    def new_day(self):
        self.next += timedelta(days=1)
        return str(self.next)

    def files(self):
        return sorted(path.name for path in self.path.parent.iterdir())


def add(path, table, day, replace):
    return ["monitor", "add", str(path), table, "--day", day, *(["--replace"] if replace else [])]


def start(arguments, out, fresh):
    """Start an add: a process of its own, or a fork of this one."""
    if not fresh:
        return forked(lambda: biasaudit(*arguments), out)
    with Path(out).open("wb") as stream:
        command = [sys.executable, "-m", "biasaudit", *arguments]
        return subprocess.Popen(command, stdout=stream, stderr=stream).pid


def seen(folder):
    """Say how the files of a folder look: their names, sizes and times."""
    found = []
    for entry in os.scandir(folder):
        try:
            found.append((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return sorted(found)


def watched(child, folder, until=None):
    """Watch a folder until the child ends, or until its first change; the moments of its changes, and the status."""
    before, changes, status = seen(folder), [], None
    while status is None and not (until and changes):
        now = seen(folder)
        if now != before:
            before = now
            changes.append(time.perf_counter())
        threading.Event().wait(0.0001)
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            status = True
    return changes


def lasts(folder, saved, fresh):
    """Measure an add to a new store and one to a store that is there: how long, and how long its files change."""
    life, found = Life(folder / f"measured-{fresh}"), []
    for table, _ in saved:
        began = time.perf_counter()
        child = start(add(life.path, table, life.new_day(), False), folder / "out", fresh)
        changes = watched(child, life.path.parent)
        if ended(child):
            raise RuntimeError((folder / "out").read_text())
        found.append((time.perf_counter() - began, changes[-1] - changes[0]))
    return Measured(max(whole for whole, _ in found), found[0][1], max(touching for _, touching in found[1:]))


def stop(rng, child, life, new, lasting):
    """Kill at a random moment: of ten, three in its whole life and seven from when the store's folder changes first."""
    if rng.random() < 0.3:
        threading.Event().wait(rng.uniform(0, lasting.whole))
    else:
        watched(child, life.path.parent, until=1)
        threading.Event().wait(rng.uniform(0, 1.1 * (lasting.making if new else lasting.adding)))
    os.kill(child, signal.SIGKILL)


def killed(life, rng, saved, lasting, out, fresh):
    """Kill one add; what the store may hold afterwards is known then."""
    replace = bool(life.days) and rng.random() < 0.25
    day = rng.choice(sorted(life.days)) if replace else life.new_day()
    table, rows = rng.choice(saved)
    child = start(add(life.path, table, day, replace), out, fresh)
    stop(rng, child, life, not life.path.exists(), lasting)
    status, said = ended(child), Path(out).read_text("utf-8", "replace")
    acknowledged = "Added " in said
    life.days[day] = [rows] if acknowledged else [*life.days.get(day, [None]), rows]
    return status, acknowledged, said


def told(life, out):
    """Hold what the store has against what it may have; then it may have no less."""
    try:
        found = answer(lambda: held(life.path), out)
    except RuntimeError as error:
        return [f"the store does not open: {error}"]
    faults = [f"{day} is there and was never added" for day in found if day not in life.days]
    for day, may in list(life.days.items()):
        if found.get(day) not in may:
            faults.append(f"{day} should hold one of {len(may)} tables and does not")
        life.days[day] = [found[day]] if day in found else []
        if day not in found:
            del life.days[day]
    return faults


def mended(life, saved, out):
    """Add a day to its end; nothing but the store may be left in its folder."""
    day = life.new_day()
    status, said = ran(lambda: biasaudit(*add(life.path, saved[0][0], day, False)), out)
    if status or "Added " not in said:
        return [f"the next add fails: {said[-300:]}"]
    life.days[day] = [saved[0][1]]
    left = [name for name in life.files() if name != life.path.name]
    return [f"left behind: {left}"] if left else []


def run(kills, fresh, seed):
    """Kill so many adds, some of them whole processes; return the faults, and a line that says what happened."""
    rng, faults, cut, whole, after = random.Random(seed), [], 0, 0, 0
    imported()
    with tempfile.TemporaryDirectory(prefix="biasaudit-kills-") as name:
        folder, out, life = Path(name), Path(name) / "out", None
        saved = [tuple(pair) for pair in answer(lambda: tables(folder), out)]
        lasting = {False: lasts(folder, saved, False), True: lasts(folder, saved, True) if fresh else None}
        anew = set(rng.sample(range(kills), min(fresh, kills)))
        for at in range(kills):
            if at % KILLS_OF_A_STORE == 0:
                faults += told(life, out) if life else []
                life = Life(folder / f"store-{at}")
            whole_process = at in anew
            status, acknowledged, said = killed(life, rng, saved, lasting[whole_process], out, whole_process)
            cut += status == -signal.SIGKILL and not acknowledged
            whole += acknowledged
            if status not in (-signal.SIGKILL, 0):
                faults.append(f"kill {at}: exit {status}: {said[-300:]}")
            after += len(life.files()) > 1
            found = told(life, out) + mended(life, saved, out)
            faults += [f"kill {at}: {fault}" for fault in found]
        faults += told(life, out)
    took = lasting[False]
    return faults, (
        f"{kills} kills, {len(anew)} of whole processes (an add takes {1000 * took.whole:.0f} ms; its files change for "
        f"{1000 * took.making:.0f} ms in a new store, {1000 * took.adding:.0f} ms in an old one): {cut} adds cut "
        f"short, {whole} acknowledged, {after} times files were left beside the store until the next add; "
        f"{len(faults)} faults."
    )


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--kills", type=int, default=500)
    asked.add_argument("--fresh", type=int, default=50, help="how many are whole processes")
    asked.add_argument("--seed", type=int, default=20)
    given = asked.parse_args()
    if not hasattr(os, "fork"):
        print("Cannot run: this system has no fork.")
        return 2
    faults, line = run(given.kills, given.fresh, given.seed)
    print("\n".join([*faults, line]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
