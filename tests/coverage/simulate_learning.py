"""How often the interval of "how many more would close the gap" holds the truth: simulated speakers and trainings.

Run by ``make coverage``: minutes on one core. It writes a table of docs/measured/training.md. Seeds are fixed.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from biasaudit.audits.learning.curves import learning_curves

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

RUNS = 200
ADDED = np.array([0, 1, 2, 4, 8])
TRIALS = 40
# Limit and scale of the women's error, its exponent; men err at the limit. Speakers differ, and so do trainings.
LAWS = {"falls fast": (0.05, 0.30, 1.0), "falls slowly": (0.05, 0.25, 0.5), "nothing helps": (0.25, 0.0, 1.0)}
OF_SPEAKERS, OF_TRAININGS = 0.5, (0.1, 0.3)
# Women, men and trainings; under five trainings everything is refused.
TESTED = ((10, 20, 5), (18, 40, 3), (18, 40, 5), (18, 40, 10))


def simulated(law, women, men, trainings, of_trainings, rng):
    limit, scale, exponent = law
    rows = []
    for group, n in (("man", men), ("woman", women)):
        person = rng.normal(0, OF_SPEAKERS, n)
        for training in range(trainings):
            error = 0.05 + 0 * ADDED if group == "man" else limit + scale * (ADDED + 1.0) ** -exponent
            logit = np.log(error / (1 - error)) + person[:, None] + rng.normal(0, of_trainings, len(ADDED))
            wrong = rng.binomial(TRIALS, 1 / (1 + np.exp(-logit)))
            rows += [
                (group, training, f"{group}{i}", k, wrong[i, s], TRIALS) for i in range(n) for s, k in enumerate(ADDED)
            ]
    return pd.DataFrame(rows, columns=["group", "training", "who", "added", "wrong", "tried"])


def truth(law, of_trainings):
    """The number that the law asks for, with the errors that speakers who differ make on average."""
    rng = np.random.default_rng(0)
    person = rng.normal(0, np.hypot(OF_SPEAKERS, of_trainings), 200_000)

    def mean(error):
        logit = np.log(error / (1 - error)) + person
        return float((1 / (1 + np.exp(-logit))).mean())

    limit, scale, exponent = law
    for k in range(400):
        if mean(limit + scale * (k + 1.0) ** -exponent) - mean(0.05) <= 0.05:
            return k
    return np.inf


def main():
    print(f"{RUNS} runs a row; {TRIALS} words a speaker at each size; 95 % intervals:\n")
    print(
        "| law | trainings differ by | women | men | trainings | truth | said *shown* | of these, hold the truth | "
        "shown and wrong, of all | of all, hold it |"
    )
    print("| --- |" + " ---: |" * 9)
    for name, law in LAWS.items():
        for apart in OF_TRAININGS:
            for tested in TESTED:
                measure(name, law, apart, tested)


def measure(name, law, apart, tested):
    asked, rng, held, told = truth(law, apart), np.random.default_rng(1), [], []
    for _ in range(RUNS):
        curves = learning_curves(
            simulated(law, *tested, apart, rng),
            added="added",
            errors="wrong",
            trials="tried",
            group="group",
            cluster="who",
            repeat="training",
        )
        found = curves.needed("woman", "man")
        held.append(found.low <= asked <= found.high)
        told.append(found.verdict == "shown")
    held, told = np.array(held), np.array(told)
    among = f"{100 * held[told].mean():.1f} %" if told.any() else "–"
    cells = [name, apart, *tested, asked, f"{100 * told.mean():.1f} %", among]
    cells += [f"{100 * (told & ~held).mean():.1f} %", f"{100 * held.mean():.1f} %"]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    with measured_part("training", "learning"):
        main()
