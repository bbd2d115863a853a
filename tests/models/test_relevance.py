"""Relevance: what integrated gradients and layer-wise relevance add up to, and where both agree."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from biasaudit.models.relevance import integrated_gradients, layerwise_relevance  # noqa: E402
from biasaudit.models.side_by_side import Networks, as_inputs, new_networks  # noqa: E402


@pytest.fixture(scope="module")
def case():
    nets = new_networks(2, (6, 9, 3), 0)
    rng = np.random.default_rng(0)
    return nets, rng.random((2, 8, 6)), rng.integers(0, 3, (2, 8))


def scores(nets, x, classes):
    with torch.no_grad():
        found = nets.scores(as_inputs(x)).cpu().numpy()
    return np.take_along_axis(found, classes[..., None], 2)[..., 0]


def test_integrated_gradients_add_up_to_the_score_less_that_of_nothing(case):
    nets, x, classes = case
    found = integrated_gradients(nets, x, classes).sum(axis=2)
    assert found == pytest.approx(scores(nets, x, classes) - scores(nets, np.zeros_like(x), classes), abs=0.02)


def test_relevance_is_kept_from_layer_to_layer(case):
    nets, x, classes = case
    free = Networks(nets.weights, tuple(torch.zeros_like(b) for b in nets.biases))
    found = layerwise_relevance(free, x, classes).sum(axis=2)
    assert found == pytest.approx(scores(free, x, classes), abs=1e-3)


def test_of_one_layer_both_are_weights_times_points(case):
    _, x, classes = case
    nets = new_networks(2, (6, 3), 1)
    expected = x * np.stack([nets.weights[0][s].cpu().numpy()[:, classes[s]].T for s in range(2)])
    assert np.allclose(integrated_gradients(nets, x, classes), expected, atol=1e-5)
    # But for the rule's epsilon, which tells where a score is near nothing.
    assert np.allclose(layerwise_relevance(nets, x, classes), expected, atol=1e-3)


def test_points_that_are_nothing_get_nothing(case):
    nets, x, classes = case
    blank = x.copy()
    blank[..., 2] = 0
    assert (integrated_gradients(nets, blank, classes)[..., 2] == 0).all()
    assert (layerwise_relevance(nets, blank, classes)[..., 2] == 0).all()
