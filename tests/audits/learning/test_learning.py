"""How many more would close a gap: told where the data can, refused where they cannot."""

import numpy as np
import pandas as pd
import pytest

from biasaudit import AuditError
from biasaudit.audits.learning.curves import learning_curves

ADDED = np.array([0, 1, 2, 4, 8])
ASKED = {"added": "k", "errors": "wrong", "trials": "words", "group": "sex", "cluster": "who", "repeat": "seed"}


def heard(women, *, men=0.05, n=16, apart=0.2, words=100, seeds=5):
    """Simulate trials of speakers; `women` gives the error after so many were added."""
    rng, rows = np.random.default_rng(0), []
    for sex, law in (("man", lambda k: men), ("woman", women)):
        person = np.random.default_rng(len(sex)).normal(0, apart, n)
        for seed in range(seeds):
            for k in ADDED:
                error = law(k)
                wrong = rng.binomial(words, 1 / (1 + np.exp(-(np.log(error / (1 - error)) + person))))
                rows += [(sex, seed, f"{sex}{i}", k, wrong[i], words) for i in range(n)]
    return pd.DataFrame(rows, columns=["sex", "seed", "who", "k", "wrong", "words"])


def test_the_number_is_found_with_its_interval():
    curves = learning_curves(heard(lambda k: 0.05 + 0.3 / (k + 1)), **ASKED, unit="women")
    found = curves.needed("woman", "man")
    assert found.verdict == "shown"
    assert found.low <= 5 <= found.high
    assert found.low <= found.estimate <= found.high
    assert found.sentence.startswith(f"About {found.estimate:.0f} more women ({found.low:.0f} to {found.high:.0f})")
    frame = curves.to_frame()
    assert ((frame["low"] <= frame["estimate"]) & (frame["estimate"] <= frame["high"])).all()
    women = frame[frame["group"] == "woman"]
    raw = heard(lambda k: 0.05 + 0.3 / (k + 1)).query("sex == 'woman'").groupby("k")[["wrong", "words"]].sum()
    np.testing.assert_allclose(women["estimate"], raw["wrong"] / raw["words"])
    np.testing.assert_allclose(women["fitted"], women["estimate"], atol=0.02)


@pytest.mark.parametrize(
    ("data", "verdict", "sentence"),
    [
        (heard(lambda k: 0.055), "not shown", "lies within 5.0 points already, with none added"),
        (heard(lambda k: 0.3), "cannot tell", "Adding up to 8 speakers is not shown to help"),
        (heard(lambda k: 0.1 + 0.25 / (k + 1) ** 0.3), "cannot tell", "how many at most, these data cannot tell"),
        (heard(lambda k: 0.05 + 0.3 / (k + 1), n=4), "cannot tell", "Only 4 of a group were tested"),
        (heard(lambda k: 0.4 if k < 4 else 0.06, apart=0.01, words=2_000), "cannot tell", "No power law fits"),
    ],
    ids=["no gap", "no help", "too slow", "few people", "a step"],
)
def test_where_the_fit_cannot_say_it_is_refused(data, verdict, sentence):
    found = learning_curves(data, **ASKED).needed("woman", "man")
    assert found.verdict == verdict
    assert sentence in found.sentence


def test_people_count_and_not_their_words():
    def width(data):
        curves = learning_curves(data, **ASKED)
        low, high = curves.interval(curves.draws[:, curves.groups.index("woman"), 0])
        return high - low

    few, many = (heard(lambda k: 0.05 + 0.3 / (k + 1), apart=1, words=words) for words in (400, 4_000))
    assert width(few) == pytest.approx(width(many), rel=0.1)
    # As if every training had been heard by other people.
    others = few.assign(who=few["who"] + few["seed"].astype(str))
    assert width(others) < 0.8 * width(few)


def test_a_seed_gives_one_answer_and_order_none():
    data = heard(lambda k: 0.05 + 0.3 / (k + 1))
    one, other = (
        learning_curves(d, **ASKED).needed("woman", "man") for d in (data, data.sample(frac=1, random_state=1))
    )
    assert one == other


def test_bad_input():
    data = heard(lambda k: 0.2)
    for change, sentence in (
        ({"added": "kk"}, 'added="kk" is not a column. Did you mean "k"?'),
        ({"trials": "word"}, 'trials="word" is not a column. Did you mean "words"?'),
    ):
        with pytest.raises(AuditError) as caught:
            learning_curves(data, **ASKED | change)
        assert str(caught.value).startswith(sentence)
    with pytest.raises(AuditError, match="2 sizes were tried; a curve takes three or more"):
        learning_curves(data[data["k"] < 2], **ASKED)
    with pytest.raises(AuditError, match='Nobody of "man" was tested at one of the sizes'):
        learning_curves(data[(data["k"] > 0) | (data["sex"] == "woman")], **ASKED)
    curves = learning_curves(data, **ASKED)
    with pytest.raises(AuditError, match=r'"men" is not a group\. Groups: man, woman'):
        curves.needed("woman", "men")
    with pytest.raises(AuditError, match="gap=2 is out of range"):
        curves.needed("woman", "man", gap=2)


def moved(trainings, sd, seed=0):
    """Simulate trainings that differ: each moves the women's error at every size."""
    rng, rows = np.random.default_rng(seed), []
    for training in range(trainings):
        shift = rng.normal(0, sd, len(ADDED))
        for sex in ("man", "woman"):
            for i in range(16):
                error = 0.1 + (sex == "woman") * np.clip(0.3 / (ADDED + 1) + shift, -0.1, 0.8)
                rows += [(sex, training, f"{sex}{i}", k, 1_000 * e, 1_000) for k, e in zip(ADDED, error, strict=True)]
    return pd.DataFrame(rows, columns=["sex", "seed", "who", "k", "wrong", "words"])


def test_trainings_spread_as_t_of_so_many_does():
    curves = learning_curves(moved(6, 0.03), **ASKED)
    women, first = curves.groups.index("woman"), moved(6, 0.03).query("sex == 'woman' and k == 0")
    each = (first["wrong"] / first["words"]).groupby(first["seed"]).mean()
    half = 2.5706 * each.std() / 6**0.5
    low, high = curves.interval(curves.draws[:, women, 0])
    assert low == pytest.approx(each.mean() - half, abs=0.15 * half)
    assert high == pytest.approx(each.mean() + half, abs=0.15 * half)
    # Nobody differs from anybody here, and men are heard alike by all.
    men = curves.interval(curves.draws[:, 1 - women, 0])
    assert men[0] == pytest.approx(men[1])


@pytest.mark.parametrize(("trainings", "times"), [(1, "once"), (4, "4 times")])
def test_of_few_trainings_nobody_is_told_how_many_more_it_takes(trainings, times):
    found = learning_curves(moved(trainings, 0.01), **ASKED).needed("woman", "man")
    assert found.verdict == "cannot tell"
    assert found.sentence == (
        f"Each number was trained {times}; nobody can say from so few what another training would show, nor how many "
        "more it takes. 5 trainings of each would do."
    )
    assert learning_curves(moved(5, 0.001), **ASKED).needed("woman", "man").verdict == "shown"
