"""WEAT: the effect size and the permutations computed anew, word by word."""

from itertools import combinations

import numpy as np
import pytest

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.inference.testing.associations import N_PERMUTATIONS, association_test


def by_hand(x, y, a, b):
    """As the paper's definitions read."""

    def cosine(u, v):
        return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))

    def nearer(w):
        return np.mean([cosine(w, v) for v in a]) - np.mean([cosine(w, v) for v in b])

    words = [nearer(w) for w in [*x, *y]]
    n = len(x)
    d = (np.mean(words[:n]) - np.mean(words[n:])) / np.std(words, ddof=1)
    seen = abs(np.mean(words[:n]) - np.mean(words[n:]))
    apart = []
    for chosen in combinations(range(len(words)), n):
        inside = [words[i] for i in chosen]
        outside = [words[i] for i in range(len(words)) if i not in chosen]
        apart.append(abs(np.mean(inside) - np.mean(outside)))
    return d, np.mean(np.array(apart) >= seen - 1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_effect_and_p_value_are_the_papers(seed):
    rng = np.random.default_rng(seed)
    x, y, a, b = (rng.normal(size=(n, 6)) for n in (4, 5, 3, 4))
    x = x + a.mean(0)
    found = association_test(x, y, a, b)
    assert (found.effect_size, found.p_value) == pytest.approx(by_hand(x, y, a, b))
    assert found.exact
    assert found.low <= found.effect_size <= found.high or found.p_value < 0.2


def test_swapping_the_sets_swaps_the_sign():
    rng = np.random.default_rng(1)
    x, y, a, b = (rng.normal(size=(6, 5)) for _ in range(4))
    one, other, turned = association_test(x, y, a, b), association_test(y, x, a, b), association_test(x, y, b, a)
    assert one.effect_size == pytest.approx(-other.effect_size) == pytest.approx(-turned.effect_size)
    assert one.p_value == pytest.approx(other.p_value) == pytest.approx(turned.p_value)


def test_many_words_draw_their_partitions_and_keep_the_level():
    p = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y, a, b = (rng.normal(size=(n, 8)) for n in (14, 14, 6, 6))
        found = association_test(x, y, a, b, random_state=seed)
        assert not found.exact
        p.append(found.p_value)
    assert np.mean(np.array(p) <= 0.05) < 0.15
    assert 0.3 < np.mean(p) < 0.7
    assert min(p) > 0


def test_no_partition_drawn_is_as_far_apart_and_the_p_value_is_not_nothing():
    rng = np.random.default_rng(0)
    near, far = (np.array([[1.0, 0.0], [0.0, 1.0]])[i] + rng.normal(scale=0.01, size=(14, 2)) for i in (0, 1))
    found = association_test(near, far, [[1.0, 0.0]], [[0.0, 1.0]])
    assert not found.exact
    assert found.p_value == pytest.approx(1 / (N_PERMUTATIONS + 1))


def vectors_of(shift):
    rng = np.random.default_rng(0)
    names = {"carers": "abcdefgh", "bosses": "ijklmnop", "women": "qrstu", "men": "vwxyz"}
    axis = {"carers": shift, "bosses": -shift, "women": 3.0, "men": -3.0}
    return {
        letter: rng.normal(size=10) + np.eye(10)[0] * axis[name]
        for name, letters in names.items()
        for letter in letters
    }, names


def test_a_planted_association_is_shown_and_none_is_not():
    for shift, verdict in ((3.0, "shown"), (0.0, "cannot tell")):
        vectors, names = vectors_of(shift)
        asked = {
            "words": {name: list(names[name]) for name in ("carers", "bosses")},
            "attributes": {name: list(names[name]) for name in ("women", "men")},
        }
        found = ba.audit_associations(vectors, **asked)
        assert found.verdict == verdict
        called = ba.audit_associations(lambda words, v=vectors: np.stack([v[w] for w in words]), **asked)
        assert repr(called) == repr(found)
    assert found.sentence.startswith(
        "These words cannot tell whether carers or bosses lie nearer to women: effect size"
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"words": {"a": ["x", "y"]}}, "words has to be two sets by name, such as {'women': [...], 'men': [...]}."),
        ({"words": {"a": ["x"], "b": ["z", "w"]}}, 'The set "a" has 1 words. Give 2 or more, each once.'),
        ({"words": {"a": ["x", "x"], "b": ["z", "w"]}}, 'The set "a" has 2 words. Give 2 or more, each once.'),
        ({"words": {"a": ["x", "y"], "b": ["y", "w"]}}, '"y" is in both sets of words. Put each word in one.'),
        ({"words": {"a": "xy", "b": ["z", "w"]}}, 'The set "a" is a str. Give a list of words.'),
        ({"confidence": 2}, "confidence=2 is out of range. Give a number from 0.5 up to but below 1, such as 0.95."),
        ({"random_state": -1}, "random_state=-1 is not a seed. Give a whole number such as 0."),
        ({"vectors": {"x": [1]}}, '"y" has no vector (5 words have none). Leave it out.'),
        (
            {"vectors": lambda words: [[1], [1, 2]]},
            "The vectors are not numbers, or not all of one length. Give one model's vectors.",
        ),
        (
            {"vectors": lambda words: [[float("nan")]] * len(words)},
            "The vectors have shape (6, 1) for 6 words, or hold NaN. Give a finite vector for each.",
        ),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(changed, sentence):
    asked = {
        "vectors": {letter: [1.0, 2.0] for letter in "xyzwmn"},
        "words": {"a": ["x", "y"], "b": ["z", "w"]},
        "attributes": {"m": ["m"], "n": ["n"]},
    } | changed
    with pytest.raises(AuditError) as caught:
        ba.audit_associations(asked.pop("vectors"), **asked)
    assert str(caught.value) == sentence
