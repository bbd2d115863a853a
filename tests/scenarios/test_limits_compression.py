"""Compression: what is cut stays cut, rounding keeps few steps, and the figures are those of the networks."""

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

import biasaudit as ba  # noqa: E402
from biasaudit import AuditError  # noqa: E402
from biasaudit.models import side_by_side  # noqa: E402
from biasaudit.models.side_by_side import new_networks, train  # noqa: E402
from biasaudit.scenarios.limits import _compression as compression, _limit as limit  # noqa: E402
from biasaudit.scenarios.limits._outcomes import Outcomes  # noqa: E402

STORY = ba.scenarios.get("compression")


@pytest.fixture(scope="module")
def run():
    patch = pytest.MonkeyPatch()
    patch.setattr(compression, "SEEDS", 4)
    made = STORY.run(n=600)
    made.outcomes  # noqa: B018
    yield made
    patch.undo()


def test_the_share_that_was_asked_for_is_cut():
    nets = new_networks(3, (64, 20, 10), 0)
    cut, kept = compression._pruned(nets, 0.9)
    for weight, before, mask in zip(cut.weights, nets.weights, kept, strict=True):
        assert ((weight == 0).float().mean((1, 2)) - 0.9).abs().max() < 0.01
        # The smallest go.
        assert before[mask].abs().min() > 0
        assert (before[0][mask[0]].abs().min() >= before[0][~mask[0]].abs().max()).item()
    whole, kept = compression._pruned(nets, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(whole.weights, nets.weights, strict=True))
    assert all(mask.all() for mask in kept)


@pytest.mark.parametrize("bits", [8, 4, 3, 2])
def test_rounding_keeps_as_many_steps_as_the_bits_have(bits):
    nets = new_networks(2, (64, 20, 10), 0)
    rounded = compression._rounded(nets, bits)
    for before, after in zip(nets.weights, rounded.weights, strict=True):
        for seed in range(2):
            assert len(after[seed].unique()) <= 2**bits - 1
            step = before[seed].abs().max() / (2 ** (bits - 1) - 1)
            assert (before[seed] - after[seed]).abs().max() <= step / 2 + 1e-6


def test_a_network_that_learns_on_stays_cut(run, monkeypatch):
    asked = []
    monkeypatch.setattr(compression, "SEEDS", 4)
    real = compression._flipped
    monkeypatch.setattr(
        compression, "_flipped", lambda digits, made, ways: asked.append(made) or real(digits, made, ways)
    )
    STORY.run(n=300, pruned=0.8).outcomes  # noqa: B018
    for name in ("pruned", "balanced"):
        for weight in asked[0][name].weights:
            assert (weight == 0).float().mean() > 0.79


def test_turned_digits_pay_first_and_weighing_alike_helps_them(run):
    frame = run.outcomes.to_frame()
    share = {(row["way"], row["group"]): row["estimate"] for row in frame.to_dict("records")}
    lost = {g: share["As trained", g] - share["Pruned by 90 %", g] for g in ("upright digits", "turned digits")}
    assert lost["turned digits"] > lost["upright digits"] + 0.02
    assert share["Pruned, both weigh alike", "turned digits"] > share["Pruned by 90 %", "turned digits"] + 0.02
    flips = {row["way"]: row["of_minority"] for row in run.outcomes.tables[0].rows}
    assert flips["Pruned by 90 %"] > 0.6


def test_panels_and_effort(run):
    again = STORY.run(n=600)
    assert again.effort("who") == again.effort("truth") == ""
    assert again.effort("limit") == "Models of several seeds are trained, which takes about 10 seconds."
    assert "Who pays first?" not in repr(again)
    assert run.effort("cure") == ""
    assert "Who pays first?" in repr(run)
    step = run.panel("cure")
    assert step.findings == run.outcomes.cured()
    assert [row["way"] for row in step.tables[0].rows] == ["As trained", "Pruned by 90 %", "Pruned, both weigh alike"]
    with pytest.raises(AuditError) as caught:
        run.panel("curse")
    assert str(caught.value) == (
        '"curse" is not a part of this story. Did you mean "cure"? Parts: who, limit, cure, truth.'
    )


def test_progress_is_told_and_may_stop_it(monkeypatch):
    monkeypatch.setattr(compression, "SEEDS", 2)
    said = []
    STORY.run(n=200).measured(lambda done, total, name: said.append((done, total, name)))
    assert said[-1][0] == said[-1][1] == STORY.stages
    assert [name for _, _, name in said[1:]] == ["trained", "pruned", "balanced", "distilled"]

    def stop(done, total, name):
        if done == 1:
            raise KeyboardInterrupt

    stopped = STORY.run(n=200)
    with pytest.raises(KeyboardInterrupt):
        stopped.measured(stop)
    assert stopped.effort("limit")


def forget():
    compression._trained.cache_clear()
    compression._distilled.cache_clear()


def test_the_same_seed_gives_the_same(run, monkeypatch):
    monkeypatch.setattr(compression, "SEEDS", 4)
    forget()
    pd.testing.assert_frame_equal(STORY.run(n=600).outcomes.to_frame(), run.outcomes.to_frame())


def test_how_much_is_cut_is_no_reason_to_train_the_whole_again(monkeypatch):
    forget()
    monkeypatch.setattr(compression, "SEEDS", 2)
    taught = []
    monkeypatch.setattr(
        side_by_side, "train", lambda *given, **how: taught.append(how["epochs"]) or train(*given, **how)
    )
    for pruned in (0.9, 0.5):
        STORY.run(n=200, pruned=pruned).outcomes  # noqa: B018
    tuned = [compression.TUNED] * 2
    assert taught == [compression.EPOCHS, *tuned, compression.DISTILLED, *tuned]
    # Whatever they follow from trains them anew.
    for other in ({"share": 0.2}, {"degrees": 40}, {"random_state": 1}, {"n": 300}):
        taught.clear()
        STORY.run(**{"n": 200} | other).outcomes  # noqa: B018
        assert taught == [compression.EPOCHS, *tuned, compression.DISTILLED]


def test_what_is_said_of_figures():
    # Seeds differ by chance that cancels out: few and many move by themselves, so the gap between them has an interval.
    chance = np.tile([0.01, -0.01], 4)
    values = np.array([[0.9, 0.9], [0.85, 0.65], [0.88, 0.88]])[:, :, None] + np.stack([chance, -chance])
    values[1:, 0] += [chance, 2 * chance]
    found = Outcomes(
        {"a": "As it was", "b": "Cut", "c": "Mended"}, values, "b", ("c",), ("many", "few"), figure="Words heard"
    )
    assert found.gap.verdict == "shown"
    assert found.gap.sentence == (
        "Cut: few go from 90.0 % (as it was) to 65.0 %, many from 90.0 % to 85.0 %. "
        "Few lose 20.0 points more (19.1 to 20.9)."
    )
    (cured,) = found.cured()
    assert (cured.verdict, cured.sentence) == (
        "shown",
        "Mended: +23.0 (+23.0 to +23.0) points for few, +3.0 (+2.1 to +3.9) for many. "
        "The gap changes by −20.0 (−20.9 to −19.1).",
    )
    table = found.table()
    assert table.title == "Words heard of many (majority) and few (minority)"
    assert [row["verdict"] for row in table.rows] == ["", "✗ Shown", "✓ Not shown"]
    assert limit.SEEDS >= 5
