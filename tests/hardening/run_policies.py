"""Policies of up to a megabyte that want a reader to hang or to crash: each is read or refused within two seconds.

Run: python tests/hardening/run_policies.py --mutations 500
Exit code 1 where one took longer, or ended with anything but a policy or an AuditError.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from nasty_policies import answer, mutated, shapes

import biasaudit as ba

MOST_SECONDS = 2.0


def timed(text):
    """Read a policy as a file where it can be one; return the seconds and what came of it."""
    start = time.monotonic()
    said = answer(text)
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        return time.monotonic() - start, said
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.toml"
        path.write_bytes(content)
        start = time.monotonic()
        try:
            ba.policy.load(path)
            said = "policy"
        except ba.AuditError as error:
            said = said if said.startswith("!") else str(error).replace(str(path), "p.toml")
        return time.monotonic() - start, said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    texts = list(shapes().items()) + [(f"mutation {at}", mutated(rng)) for at in range(asked.mutations)]
    took = []
    for name, text in texts:
        seconds, said = timed(text)
        took.append((seconds, name, said))
        if not name.startswith("mutation"):
            print(f"{seconds:6.3f} s  {name:40} {said[:90]!r}", flush=True)
    wrong = [one for one in took if one[0] > MOST_SECONDS or one[2].startswith("!")]
    for seconds, name, said in [*wrong, *sorted(took)[-3:]]:
        print(f"{'WRONG' if (seconds, name, said) in wrong else 'slow '} {seconds:6.3f} s  {name}: {said[:160]!r}")
    read = sum(said == "policy" for _, _, said in took)
    print(
        f"{len(texts)} policies, {read} read and the others refused: {len(wrong)} went wrong; "
        f"the slowest took {max(took)[0]:.2f} s."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
