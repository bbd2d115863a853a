"""Limits beside compression: attacks within their size, what is forgotten and held, what stands outside of training."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import biasaudit as ba  # noqa: E402
from biasaudit.datasets.generated.digits import make_turned_digits  # noqa: E402
from biasaudit.models.side_by_side import Batch, as_inputs, new_networks, train  # noqa: E402
from biasaudit.scenarios.limits import (  # noqa: E402
    LIMITS,
    _adversarial as adversarial,
    _extrapolation as extrapolation,
    _finite_data as finite_data,
    _forgetting as forgetting,
    _shortcuts as shortcuts,
)

SMALL = 3


@pytest.fixture(scope="module")
def few_seeds():
    patch = pytest.MonkeyPatch()
    for module in (adversarial, extrapolation, finite_data, forgetting, shortcuts):
        patch.setattr(module, "SEEDS", SMALL)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def trained():
    digits = make_turned_digits(600, seeds=SMALL)
    nets = train(new_networks(SMALL, (64, 32, 10), 0), digits.train, digits.train_label, epochs=15, random_state=0)
    return digits, nets


def shares(outcomes):
    frame = outcomes.to_frame()
    return {(row["way"], row["group"]): row["estimate"] for row in frame.to_dict("records")}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_every_limit_says_what_it_is_about(limit):
    assert limit.people.name == "n"
    assert {panel.name for panel in limit.panels} == {"who", "limit", "cure", "truth"}
    assert limit.seconds <= 30
    run = limit.run()
    assert bool(run.panel("who").plots) == (limit.pictures is not None)
    assert run.effort("limit") == f"Models of several seeds are trained, which takes about {limit.seconds} seconds."
    assert run.panel("truth").sentences == limit.truth


@pytest.mark.parametrize("steps", [1, 7])
def test_an_attack_stays_within_its_size(trained, steps):
    digits, nets = trained
    x, y = digits.upright[:, :100], digits.test_label[:, :100]
    moved = adversarial.attacked(nets, x, y, 0.1, steps)
    assert np.abs(moved - x).max() <= 0.1 + 1e-6
    assert moved.min() >= 0
    assert moved.max() <= 1
    assert np.array_equal(adversarial.attacked(nets, x, y, 0.1, 0), x.astype(np.float32))
    assert np.array_equal(adversarial.attacked(nets, x, y, 0.0, steps), x.astype(np.float32))


def test_one_step_goes_up_the_slope_and_more_steps_farther(trained):
    digits, nets = trained
    x, y = as_inputs(digits.upright[:, :100]), as_inputs(digits.test_label[:, :100])
    moved = as_inputs(adversarial.attacked(nets, digits.upright[:, :100], digits.test_label[:, :100], 0.05, 1))
    inside = x[0].clone().requires_grad_()
    scores = (inside @ nets.weights[0][0] + nets.biases[0][0]).relu() @ nets.weights[1][0] + nets.biases[1][0]
    torch.nn.functional.cross_entropy(scores, y[0]).backward()
    expected = (x[0] + 0.05 * inside.grad.sign()).clamp(0, 1)
    assert torch.allclose(moved[0], expected, atol=1e-6)
    right = [
        nets.right(adversarial.attacked(nets, digits.turned, digits.test_label, 0.08, steps), digits.test_label).mean()
        for steps in (0, 1, 7)
    ]
    assert right[2] <= right[1] < right[0]


def test_turned_digits_are_misled_first_and_training_against_it_helps(few_seeds):
    found = shares(ba.scenarios.get("adversarial").run(n=600).outcomes)
    lost = {g: found["Not attacked", g] - found["Attacked (PGD, 0.08)", g] for g in ("upright digits", "turned digits")}
    assert lost["turned digits"] > lost["upright digits"]
    assert found["As much noise", "turned digits"] > found["One step (FGSM)", "turned digits"] + 0.2
    assert found["Both alike, attacked", "turned digits"] > found["Attacked (PGD, 0.08)", "turned digits"] + 0.2


def test_the_price_of_a_cure_stands_with_the_cures(few_seeds):
    run = ba.scenarios.get("adversarial").run(n=300)
    limit, cure = (run.panel(name).tables[0] for name in ("limit", "cure"))
    assert [row["way"] for row in limit.rows] == [
        "Not attacked",
        "Attacked (PGD, 0.08)",
        "One step (FGSM)",
        "As much noise",
    ]
    assert [row["way"] for row in cure.rows][-2:] == ["Trained against, not attacked", "Both alike, not attacked"]


def test_fisher_information_is_that_of_sampled_labels():
    nets = new_networks(1, (5, 4, 3), 0)
    x = torch.randn(1, 40, 5, generator=torch.Generator().manual_seed(0)).to(nets.weights[0].device)
    first, second = forgetting.fisher(nets, x)
    sums = [torch.zeros_like(w[0]) for w in nets.weights]
    for row in x[0]:
        for label in range(3):
            weights = [w[0].clone().requires_grad_() for w in nets.weights]
            scores = (row @ weights[0] + nets.biases[0][0, 0]).relu() @ weights[1] + nets.biases[1][0, 0]
            logs = scores.log_softmax(0)
            grads = torch.autograd.grad(logs[label], weights)
            for total, grad in zip(sums, grads, strict=True):
                total += logs[label].exp().item() * grad**2 / len(x[0])
    assert torch.allclose(first[0], sums[0], atol=1e-5)
    assert torch.allclose(second[0], sums[1], atol=1e-5)


def test_what_is_shown_no_more_is_forgotten_and_replay_keeps_it(few_seeds):
    found = shares(ba.scenarios.get("forgetting").run(n=600, epochs=30).outcomes)
    updated = found["30 epochs of upright alone", "turned digits"]
    assert updated < found["Trained on both", "turned digits"] - 0.1
    assert found["Turned ones replayed", "turned digits"] > updated + 0.1
    assert found["Weights held (EWC)", "turned digits"] > updated
    assert found["30 epochs of upright alone", "upright digits"] > 0.9


def test_beyond_training_it_is_wrong_and_sure(few_seeds):
    outcomes = ba.scenarios.get("extrapolation").run(n=600).outcomes
    found = shares(outcomes)
    assert found["Turned by 75 degrees", "turned digits"] < 0.4
    assert found["Learnt up to there", "turned digits"] > found["Turned by 75 degrees", "turned digits"] + 0.1
    rows = {row["digits"]: row for row in outcomes.tables[0].rows}
    assert rows["Turned by 75"]["sure"] > 0.7
    assert rows["Turned by 75"]["over_low"] > 0
    assert rows["Turned by 75"]["over"] == pytest.approx(rows["Turned by 75"]["sure"] - rows["Turned by 75"]["right"])


def test_when_to_abstain_is_chosen_on_digits_that_are_tested_nowhere(trained):
    digits, nets = trained
    learnt, kept = extrapolation._holdout(digits)
    assert not (learnt & kept).any()
    assert (learnt | kept).all()
    assert kept.mean() == pytest.approx(0.2)
    assert digits.minority[:, kept].mean() == pytest.approx(0.1, abs=0.01)
    x, y = digits.train[:, kept], digits.train_label[:, kept]
    line = extrapolation._threshold(nets, x, y)
    sure, right = nets.probabilities(x).max(2), nets.predict(x) == y
    for seed in range(SMALL):
        answered = sure[seed] >= line[seed]
        assert right[seed][answered].mean() >= extrapolation.WANTED
        # One more answer, and too few would be right; or all are answered.
        lower = np.sort(sure[seed][~answered])
        if len(lower):
            assert right[seed][sure[seed] >= lower[0]].mean() < extrapolation.WANTED


def test_the_mark_is_all_that_a_swap_moves():
    rng = np.random.default_rng(0)
    pictures, which = rng.random((2, 10, 64)), rng.random((2, 10)) < 0.5
    one, other = shortcuts.tagged(pictures, which), shortcuts.tagged(pictures, ~which)
    rest = [i for i in range(64) if i not in shortcuts.TAG]
    assert np.array_equal(one[..., rest], pictures[..., rest])
    assert np.array_equal(one[..., rest], other[..., rest])
    assert np.array_equal(one[..., shortcuts.TAG][..., 0], which.astype(float))
    assert (one[..., shortcuts.TAG] + other[..., shortcuts.TAG] == 1).all()
    assert (shortcuts.masked(one) == shortcuts.masked(other)).all()


def test_who_has_no_mark_is_misread_and_covering_it_mends_that(few_seeds):
    outcomes = ba.scenarios.get("shortcuts").run(n=600).outcomes
    found = shares(outcomes)
    without = "pictures without marks"
    assert found["Marks in training", without] < found["No marks in training", without] - 0.05
    assert found["Marks swapped", without] < found["Marks in training", without]
    assert found["Corner covered", without] > found["Marks in training", without] + 0.05
    assert found["Corner covered", without] == pytest.approx(found["Corner covered", "marked pictures"])
    clean, marked = outcomes.tables[0].rows
    assert marked["lrp"] > clean["lrp"] + 0.05
    assert marked["ig"] > clean["ig"] + 0.05
    assert marked["swap"] > clean["swap"] + 0.2


def test_few_are_misread_and_more_of_them_mend_it(few_seeds):
    run = ba.scenarios.get("finite_data").run(n=1_000)
    found = shares(run.outcomes)
    assert found["30 turned digits", "turned digits"] < found["500 turned digits", "turned digits"] - 0.2
    more = [found[f"{k} more turned digits", "turned digits"] for k in finite_data.ADDED]
    assert more == sorted(more)
    split, needed = run.outcomes.tables
    for row in split.rows:
        assert row["bias"] + row["variance"] == pytest.approx(row["error"])
    turned = next(row for row in split.rows if row["group"] == "turned digits")
    assert turned["error"] == pytest.approx(1 - found["30 turned digits", "turned digits"])
    assert {row["turned"] for row in needed.rows} == {30, *(30 + k for k in finite_data.ADDED)}
    assert "turned digits" in needed.sentences[0] or "nobody can say" in needed.sentences[0]


def test_with_as_many_nothing_is_asked_for(few_seeds):
    outcomes = ba.scenarios.get("finite_data").run(n=400, share=1.0).outcomes
    assert list(outcomes.ways) == ["enough", "few"]
    assert [table.name for table in outcomes.tables] == ["split"]
    assert outcomes.gap.verdict == "not shown"


def test_the_worst_group_weighs_more_from_step_to_step():
    group = np.array([[0, 0, 1, 1]])
    loss = shortcuts._worst_first(group)
    nets = new_networks(1, (3, 2), 0)
    x = torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(1)).to(nets.weights[0].device)
    batch = Batch(x, torch.tensor([[0, 1, 0, 1]], device=x.device), torch.arange(4, device=x.device)[None])
    mean = batch.losses(nets).view(2, 2).mean(1).cpu().numpy()
    weight = np.array([0.5, 0.5])
    for _ in range(3):
        weight = weight * np.exp(0.05 * mean)
        weight /= weight.sum()
        assert loss(nets, batch).item() == pytest.approx(float((weight * mean).sum()), rel=1e-5)
    assert weight[mean.argmax()] > 0.5
