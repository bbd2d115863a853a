"""How often intervals of an error rate hold the truth where speakers differ: counting speakers, and not.

Run by ``make coverage``; seeds are fixed.
"""

import numpy as np
import pandas as pd

import biasaudit as ba

RUNS, WORDS = 500, 60
SPEAKERS = (10, 20, 40)
# Mean and spread of the speakers' errors on the scale of log odds.
LAWS = {
    "few errors, speakers alike": (-2.5, 0.4),
    "one word in five": (-1.4, 0.8),
    "speakers differ a lot": (-0.5, 1.5),
}


def simulated(rng, speakers, law):
    mean, spread = law
    rows = []
    for group in ("a", "b"):
        share = 1 / (1 + np.exp(-(mean + rng.normal(0, spread, speakers))))
        rows += [(group, f"{group}{i}", n) for i, n in enumerate(rng.binomial(WORDS, share))]
    return pd.DataFrame(rows, columns=["group", "speaker", "wrong"]).assign(words=WORDS)


def main():
    print(f"{RUNS} runs of two groups a row, {WORDS} words a speaker, 95 % intervals\n")
    print("| errors | speakers a group | counting speakers | as if words were independent |")
    print("| --- | ---: | ---: | ---: |")
    asked = {"errors": "wrong", "trials": "words", "sensitive_features": "group", "cluster": "speaker"}
    for name, (mean, spread) in LAWS.items():
        truth = float((1 / (1 + np.exp(-np.random.default_rng(1).normal(mean, spread, 2_000_000)))).mean())
        for speakers in SPEAKERS:
            rng, held = np.random.default_rng(0), {"": 0, "naive_": 0}
            for _ in range(RUNS):
                found = ba.audit_errors(simulated(rng, speakers, (mean, spread)), **asked).intervals()[1:]
                for kind in held:
                    held[kind] += int(((found[f"{kind}low"] <= truth) & (truth <= found[f"{kind}high"])).sum())
            shares = " | ".join(f"{count / (2 * RUNS):.1%}" for count in held.values())
            print(f"| {name} | {speakers} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
