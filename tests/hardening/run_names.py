"""Hostile names through every command, as if GitHub's runner listened: only our own annotations are commands.

Run: python tests/hardening/run_names.py --names 500
Exit code 1 where a name became a command, markup or a traceback.
"""

import argparse
import contextlib
import random
import sys
import tempfile
from pathlib import Path

# The other files of this folder are imported as the tests import them.
sys.path.insert(0, str(Path(__file__).parents[1]))


def main():
    from hardening.hostile_names import A_ROUND, wrong_in_a_round

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng, wrong, rounds = random.Random(asked.seed), [], -(-asked.names // A_ROUND)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            wrong += wrong_in_a_round(rng)
    print("\n".join(wrong[:40]))
    print(f"{rounds * A_ROUND} hostile names, {rounds * 18} commands: {len(wrong)} went wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
