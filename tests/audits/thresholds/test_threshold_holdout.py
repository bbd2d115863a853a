"""What lines do to people who had no say in their choice, told beside what they promise."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

import biasaudit as ba
from biasaudit.audits.thresholds._holdout import DRAWS, FOLDS, Choice
from biasaudit.audits.thresholds.audit_thresholds import CRITERIA, ThresholdAudit
from biasaudit.counts.table.crosstab import Crosstab
from biasaudit.inference.thresholds import LineCounts
from biasaudit.inference.variance.folds import score_folds, score_resamples
from biasaudit.metrics.cell_totals import score_counts

ASKED = {"score": "s", "y_true": "y", "sensitive_features": "g"}
POPULATION = ((0.5, 0.5, 0.1), (0.3, 0.3, 0.0), (0.2, 0.3, 0.0))
BINS = 50


def chances():
    """Chance of each group, label and score bin."""
    edges = np.arange(1, BINS) / BINS
    return np.array(
        [
            [
                share * part * np.diff([0, *ndtr((edges - 0.4 - 0.2 * label - above) / 0.15), 1])
                for label, part in ((0, 1 - base), (1, base))
            ]
            for share, base, above in POPULATION
        ]
    )


def of_counts(counts):
    group, label, score = np.nonzero(counts)
    return ThresholdAudit(
        Crosstab(
            ("g",),
            (("a", "b", "c"),),
            ("no", "yes"),
            group[:, None],
            label,
            None,
            counts[group, label, score],
            score_bin=score,
            edges=np.arange(1, BINS) / BINS,
            bin_scores=(np.arange(BINS) + 0.5) / BINS,
        )
    )


def people(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    label = rng.random(rows) < np.where(group == "a", 0.5, 0.3)
    score = np.clip(np.round(rng.normal(0.4 + 0.2 * label + 0.1 * (group == "a"), 0.15), 1), 0, 1)
    return pd.DataFrame({"g": group, "y": label.astype(int), "s": score})


def reached(chance, at, rate):
    return np.take_along_axis(getattr(LineCounts.of(chance, labelled=True), rate), at[:, None], 1)[:, 0]


@pytest.mark.parametrize("criterion", ["equal_opportunity", "greatest_benefit"])
def test_signed_gaps_gap_and_benefit_are_those_of_new_people(criterion):
    rng, chance, off, gaps, benefit = np.random.default_rng(3), chances(), [], [], []
    for _ in range(150):
        audit = of_counts(rng.multinomial(600, chance.ravel()).reshape(chance.shape))
        lines = audit.choose(criterion)
        at = np.array([np.flatnonzero(audit.lines == lines.thresholds[g])[0] for g in "abc"])
        told, there = (
            [lines.rates_elsewhere["true_positive_rate"][g] for g in "abc"],
            reached(chance, at, "true_positive_rate"),
        )
        off.append(np.subtract.outer(told, told) - np.subtract.outer(there, there))
        gaps.append([lines.gap, lines.gap_elsewhere, np.ptp(there)])
        counts = LineCounts.of(600 * chance, labelled=True)
        right = counts.positive + counts.negative[:, :1] - counts.negative
        benefit.append([lines.benefit, lines.benefit_elsewhere, np.take_along_axis(right, at[:, None], 1).sum()])
    off, (promised, told, new) = np.array(off), np.mean(benefit, axis=0)
    # One point, and two standard errors of so few tables.
    assert (np.abs(off.mean(axis=0)) <= 0.01 + 2 * off.std(axis=0) / math.sqrt(len(off))).all()
    assert promised - new > 5
    assert abs(told - new) < 2.5
    if CRITERIA[criterion]:
        promised, told, new = np.mean(gaps, axis=0)
        assert promised < new / 2
        assert told == pytest.approx(new, abs=0.02)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_cross_fitting_is_a_loop_over_folds(criterion):
    audit = ba.audit_thresholds(people(), **ASKED)
    folds, found = score_folds(audit.table, FOLDS), audit.choose(criterion)
    right, above, total = 0, {g: np.zeros(2) for g in "abc"}, {g: np.zeros(2) for g in "abc"}
    held = np.array([score_counts(audit.table)[i].sum() >= 100 for i in range(3)])
    for fold in folds:
        rest = audit._score_counts - fold
        lines = LineCounts.of(rest, labelled=True)
        at = Choice(criterion, None, 0.05, held)._choose(rest)
        assert lines.positive.shape[1] == len(audit.lines)
        for i, g in enumerate("abc"):
            here = audit._bin_scores >= audit.lines[at[i]]
            above[g] += fold[i][:, here].sum(axis=1)
            total[g] += fold[i].sum(axis=1)
            right += fold[i][1, here].sum() + fold[i][0, ~here].sum()
    assert found.benefit_elsewhere == pytest.approx(right)
    for g in "abc":
        false, true = above[g] / total[g]
        assert found.rates_elsewhere["true_positive_rate"][g] == pytest.approx(true)
        assert found.rates_elsewhere["false_positive_rate"][g] == pytest.approx(false)
        assert found.rates_elsewhere["selection_rate"][g] == pytest.approx(above[g].sum() / total[g].sum())


def test_folds_hold_everybody_once_and_alike_many():
    data = people(607)
    table = ba.audit_thresholds(data, **ASKED).table
    folds = score_folds(table, 10)
    np.testing.assert_array_equal(folds.sum(axis=0), score_counts(table))
    by_group = folds.sum(axis=(2, 3))
    assert np.ptp(by_group, axis=0).max() <= 1
    assert np.ptp(by_group.sum(axis=1)) <= 1
    np.testing.assert_array_equal(folds, score_folds(table, 10))
    assert not np.array_equal(folds, score_folds(table, 10, random_state=1))
    # Labels are not dealt alike: what base rates owe to chance, lines have to bear.
    assert np.ptp(folds[:, 0, 1].sum(axis=1)) > 1


def test_clusters_stay_whole():
    data = people(600).assign(school=lambda f: np.arange(len(f)) // 6)
    table = ba.audit_thresholds(data, **ASKED, cluster="school").table
    folds = score_folds(table, 4)
    np.testing.assert_array_equal(folds.sum(axis=0), score_counts(table))
    assert (folds.sum(axis=(1, 2, 3)) == 150).all()
    # Everybody of a school has one score of its own, so that it is seen where the school went.
    alone = data.assign(s=data["school"] / 100)
    each = score_folds(ba.audit_thresholds(alone, **ASKED, cluster="school").table, 4).sum(axis=(1, 2))
    assert ((each > 0).sum(axis=0) == 1).all()
    drawn = score_resamples(table, 50)
    assert (drawn.sum(axis=(1, 2, 3)) == 600).all()
    spread = drawn.sum(axis=(2, 3)).std(axis=0)
    assert (spread > 0).all()


def test_people_are_drawn_again_as_the_bootstrap_draws_them():
    table = ba.audit_thresholds(people(), **ASKED).table
    drawn, counts = score_resamples(table, 2_000), score_counts(table)
    assert (drawn.sum(axis=(1, 2, 3)) == 600).all()
    np.testing.assert_allclose(drawn.mean(axis=0), counts, atol=0.7)
    np.testing.assert_allclose(drawn.var(axis=0), counts * (1 - counts / 600), rtol=0.3, atol=0.3)
    assert len(score_resamples(table, DRAWS)) == DRAWS


def test_weights_that_are_alike_change_nothing_and_heavy_ones_are_few_people():
    data = people()
    plain = ba.audit_thresholds(data, **ASKED).choose("equal_opportunity")
    double = ba.audit_thresholds(data.assign(w=2.0), **ASKED, sample_weight="w").choose("equal_opportunity")
    assert double.rates_elsewhere == plain.rates_elsewhere
    assert double.gap_elsewhere == pytest.approx(plain.gap_elsewhere)
    assert double.benefit_elsewhere == pytest.approx(2 * plain.benefit_elsewhere)
    counted = data.groupby(list(data), as_index=False).size()
    assert ba.audit_thresholds(counted, **ASKED, count="size").choose("equal_opportunity") == plain
    heavy = ba.audit_thresholds(
        data.assign(w=np.where(np.arange(600) % 10 == 0, 30.0, 1.0)), **ASKED, sample_weight="w"
    )
    folds = score_folds(heavy.table, 10)
    np.testing.assert_allclose(folds.sum(axis=0), score_counts(heavy.table))
    assert np.ptp(folds.sum(axis=(2, 3)), axis=0).max() > 1


def test_who_cannot_be_read_has_no_rate_and_lines_stay_equal():
    data = pd.concat([people(), pd.DataFrame({"g": ["d"], "y": [1], "s": [0.5]})])
    found, again = (ba.audit_thresholds(data, **ASKED).choose("equal_opportunity") for _ in range(2))
    assert math.isnan(found.rates_elsewhere["selection_rate"]["d"])
    assert math.isfinite(found.gap_elsewhere)
    assert found == again


def test_sentence_section_and_json_say_both():
    audit = ba.audit_thresholds(people(), **ASKED)
    found = audit.choose("equal_opportunity")
    assert found.sentence == (
        f"True positive rates lie {100 * found.gap:.1f} points apart on these rows; "
        f"expect {100 * found.gap_elsewhere:.1f} points on other people."
    )
    section = next(s for s in json.loads(audit.to_json())["sections"] if s["name"] == "chosen_lines")
    assert section["sentences"][0] == "Lines chosen on these rows look better here than they will on others."
    assert found.sentence in section["sentences"]
    assert len(section["sentences"]) == 4
    row = next(r for r in section["rows"] if r["criterion"] == "True positive rates alike")
    assert (row["gap"], row["gap_elsewhere"]) == pytest.approx((found.gap, found.gap_elsewhere))
    assert row["benefit_elsewhere"] == found.benefit_elsewhere
    for words in (audit.to_markdown(), audit.to_html()):
        assert "Of as many others" in words
        assert found.sentence in words.replace("\N{NO-BREAK SPACE}", " ")


def test_a_benefit_that_holds_nothing_alike_is_told_as_such():
    found = ba.audit_thresholds(people(), **ASKED).choose("greatest_benefit")
    assert math.isnan(found.gap_elsewhere)
    assert found.sentence == (
        f"The benefit is {found.benefit:g} on these rows; expect {found.benefit_elsewhere:g} on as many other people."
    )
