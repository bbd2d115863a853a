"""Train a recogniser on men of the United States and hear whom it hears: make speech.

It writes the tables of docs/measured/speech.md, on two cores in about four minutes. Seeds are fixed.
"""

import sys
import time
from pathlib import Path

import biasaudit as ba
from biasaudit.scenarios.speech._training import FOLDS, OTHERS, Training, WorldKey, make_world, recognise

sys.path.insert(0, str(Path(__file__).parents[2]))
from measured_pages import measured_part

SEEDS = 5
KEY = WorldKey(noise=10.0, random_state=0)
# Men and women of the United States in training (speakers), and how it is trained.
TRAINED = {
    "20 men": (20, 0, "plain"),
    "20 men, vocal tracts warped": (20, 0, "vtlp"),
    "20 men, at other pitches": (20, 0, "pitch"),
    "10 men and 10 women": (10, 10, "plain"),
    "10 men and 10 women, warped": (10, 10, "vtlp"),
    "17 men and 3 women": (17, 3, "plain"),
    "17 men and 3 women, the worst heard first": (17, 3, "group_dro"),
}
NOISE = (40.0, 20.0, 10.0, 5.0, 0.0)
OF_NOISE = ("20 men", "10 men and 10 women")


def trainings(name, seeds):
    """Each third of the voices is tested by a training that never met it, and they are dealt anew for each seed."""
    men, women, method = TRAINED[name]
    speakers = tuple(group for group in (("man", "us", men), ("woman", "us", women)) if group[2])
    return [Training(speakers, method, seed, fold) for seed in range(seeds) for fold in range(FOLDS)]


def sphinx():
    """Have PocketSphinx, with its model of American English, hear the same clips."""
    from biasaudit.models.sphinx import PocketSphinx

    return PocketSphinx().errors(make_world(KEY).clips)


def audited(found):
    """Audit the errors of one kind of training, by gender and accent, as sure as there are voices."""
    return ba.audit_errors(
        found.assign(clips=1),
        errors="wrong",
        trials="clips",
        sensitive_features=["gender", "accent"],
        cluster="voice",
        reference={"gender": "man", "accent": "us"},
    )


def percent(value):
    return f"{100 * value:.1f}"


def told(row, naive=False):
    """Write the share heard right, with its interval."""
    low, high = (row["naive_low"], row["naive_high"]) if naive else (row["low"], row["high"])
    return f"{percent(1 - row['estimate'])} ({percent(1 - high)}-{percent(1 - low)})"


def gap(audit, group):
    """Write how many points fewer clips of a group are heard right than of men, with the verdict."""
    found = audit.disparities("error_rate").to_dict("records")
    row = next(g for g in found if (g["kind"], g["comparison"], g["group"]) == ("pair", "difference", group))
    ends = f"{-100 * row['high']:.1f} to {-100 * row['low']:.1f}"
    return f"{-100 * row['estimate']:.1f} ({ends}), {row['verdict']}"


def by_accent(audits):
    """Write the share heard right by accent, women and men."""
    print("| Accent, women and men | " + " | ".join(audits) + " |\n| --- |" + " --- |" * len(audits))
    for accent in ("us", *OTHERS):
        cells = []
        for audit in audits.values():
            rows = {tuple(r["group"].values()): r for r in audit.intervals().to_dict("records")}
            cells.append(" and ".join(percent(1 - rows[who, accent]["estimate"]) for who in ("woman", "man")))
        print(f"| {accent} | " + " | ".join(cells) + " |")


def by_noise():
    """Write the share heard right of men and women of the United States, by noise."""
    print("| Decibels of voice over noise | " + " | ".join(f"{name}: women and men" for name in OF_NOISE) + " |")
    print("| --- |" + " --- |" * len(OF_NOISE))
    for noise in NOISE:
        found = recognise(WorldKey(noise, 0), {name: trainings(name, 1) for name in OF_NOISE})
        us = found[found["accent"] == "us"].groupby(["way", "gender"])["wrong"].mean()
        cells = [" and ".join(percent(1 - us[name, who]) for who in ("woman", "man")) for name in OF_NOISE]
        print(f"| {noise:g} | " + " | ".join(cells) + " |")


def by_training(audits):
    """Write the shares of men and women of the United States heard right, and the gaps, by what was trained on."""
    heads = "US men | US women | were clips independent | US women less men, points | all women less men"
    print(f"| Trained on | {heads} |\n| --- |{' --- |' * 5}")
    for name, audit in audits.items():
        rows = {tuple(r["group"].values()): r for r in audit.intervals().to_dict("records")}
        gaps = [gap(audit, group) for group in ({"gender": "woman", "accent": "us"}, {"gender": "woman"})]
        heard = told(rows["man", "us"]), told(rows["woman", "us"]), told(rows["woman", "us"], True)
        print(f"| {name} | {' | '.join((*heard, *gaps))} |")


def main():
    begun = time.perf_counter()
    found = recognise(KEY, {name: trainings(name, SEEDS) for name in TRAINED}, progress=True)
    audits = {name: audited(part) for name, part in found.groupby("way", sort=False)}
    audits["PocketSphinx, which nobody here trained"] = audited(sphinx())
    with measured_part("speech", "trained-on", command="make speech", begun=begun):
        by_training(audits)
    with measured_part("speech", "accents", command="make speech", begun=begun):
        by_accent(audits)
    with measured_part("speech", "noise", command="make speech"):
        by_noise()
    print(f"{time.perf_counter() - begun:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
