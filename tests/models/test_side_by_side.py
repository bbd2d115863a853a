"""Networks of several seeds: each is trained as if it were alone."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from biasaudit.models.side_by_side import (  # noqa: E402
    Batch,
    Networks,
    as_inputs,
    both_alike,
    mean_loss,
    new_networks,
    train,
)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, size=(4, 60))
    x = rng.normal(size=(4, 60, 5)) + np.eye(3, 5)[y] * 2
    return x, y


def test_scores_are_those_of_torch_layers(data):
    nets = new_networks(4, (5, 7, 3), 0)
    x = as_inputs(data[0])
    for seed in range(4):
        layers = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 3)).to(x.device)
        with torch.no_grad():
            for i, layer in enumerate((layers[0], layers[2])):
                layer.weight.copy_(nets.weights[i][seed].T)
                layer.bias.copy_(nets.biases[i][seed, 0])
            assert torch.allclose(layers(x[seed]), nets.scores(x)[seed], atol=1e-5)


def test_seeds_do_not_meet(data):
    x, y = data
    nets = new_networks(4, (5, 8, 3), 1)
    together = train(nets, x, y, epochs=3, random_state=2, batch_size=60)
    # What another seed learns from changes nothing for this one.
    other = np.where(np.arange(4)[:, None, None] == 2, x, -x)
    alone = train(nets, other, y, epochs=3, random_state=2, batch_size=60)
    for one, two in zip(together.weights, alone.weights, strict=True):
        assert torch.allclose(one[2], two[2], atol=1e-6)
        assert not torch.allclose(one[0], two[0], atol=1e-3)


def test_it_learns_and_leaves_what_was_given(data):
    x, y = data
    nets = new_networks(4, (5, 8, 3), 1)
    before = [w.clone() for w in nets.weights]
    after = train(nets, x, y, epochs=300, random_state=0)
    assert (after.right(x, y) > 0.85).all()
    assert all(torch.equal(a, b) for a, b in zip(before, nets.weights, strict=True))
    assert np.allclose(after.probabilities(x).sum(axis=2), 1)
    assert np.array_equal(after.probabilities(x).argmax(axis=2), after.predict(x))


def test_one_step_is_adam_by_hand(data):
    x, y = data
    nets = new_networks(4, (5, 3), 0)
    stepped = train(nets, x, y, epochs=1, random_state=0, batch_size=60, rate=0.01)
    weight = nets.weights[0][1].clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(as_inputs(x)[1] @ weight + nets.biases[0][1], as_inputs(y)[1])
    (gradient,) = torch.autograd.grad(loss, weight)
    # Adam's first step is the rate in the direction of the gradient's sign.
    expected = weight - 0.01 * gradient / (gradient.abs() + 1e-8)
    assert torch.allclose(stepped.weights[0][1], expected, atol=1e-5)


def test_both_groups_weigh_alike_however_many_they_are(data):
    x, y = data
    few = np.zeros((4, 60), dtype=bool)
    few[:, :6] = True
    nets = new_networks(4, (5, 3), 0)
    batch = Batch(as_inputs(x), as_inputs(y), torch.arange(60).expand(4, 60).to(as_inputs(y).device))
    losses = batch.losses(nets)
    halves = (losses[:, :6].mean(1) + losses[:, 6:].mean(1)) / 2
    assert torch.allclose(both_alike(few)(nets, batch), halves, atol=1e-5)
    for alone in (np.zeros_like(few), np.ones_like(few)):
        assert torch.allclose(both_alike(alone)(nets, batch), mean_loss(nets, batch), atol=1e-5)


def test_what_comes_after_a_step_may_change_them(data):
    x, y = data

    def clear(nets: Networks) -> None:
        for weight in nets.weights:
            weight[:, 0] = 0

    found = train(new_networks(4, (5, 3), 0), x, y, epochs=1, random_state=0, after=clear)
    assert all((w[:, 0] == 0).all() for w in found.weights)
