"""New orders: FA*IR's against its table, equal exposure against a linear program, NDCG against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from sklearn.metrics import ndcg_score

from biasaudit.counts.rankings.places import log_exposure
from biasaudit.errors import AuditError
from biasaudit.inference.testing.fair_draws import fair_top_k_table
from biasaudit.mitigation.rankings.comparison import compare_rerankers, ndcg
from biasaudit.mitigation.rankings.rerankers import AsScored, EqualExposure, FairTopK


def lists(queries, seed=1):
    rng = np.random.default_rng(seed)
    query = np.repeat(np.arange(queries), rng.integers(2, 30, queries))
    return query, rng.normal(size=len(query)), rng.random(len(query)) < 0.4


def test_an_order_has_everybody_once():
    query, score, protected = lists(30)
    for reranker in (AsScored(), FairTopK(10), EqualExposure(0.9)):
        lottery = reranker.rerank(query, score, protected)
        np.testing.assert_allclose(lottery.chance.sum(axis=0), 1)
        for ranks in (*lottery.ranks, lottery.draw(query, random_state=3)):
            for at in range(30):
                assert sorted(ranks[query == at]) == list(range(1, (query == at).sum() + 1))


def test_fa_ir_meets_its_table_and_keeps_the_order_inside_each_group():
    rng = np.random.default_rng(2)
    query = np.repeat(np.arange(20), 40)
    protected = rng.random(800) < 0.3
    score = rng.normal(size=800) - 2 * protected
    ranks = FairTopK(20, 0.3, 0.1).rerank(query, score, protected).ranks[0]
    needed = fair_top_k_table(20, 0.3, 0.1).needed
    for at in range(20):
        mine = np.flatnonzero(query == at)
        order = mine[np.argsort(ranks[mine])]
        assert (np.cumsum(protected[order])[:20] >= needed).all()
        for side in (True, False):
            assert (np.diff(score[order][protected[order] == side]) <= 0).all()
        # Nobody is moved who need not be: beyond the table the best comes first.
        free = np.cumsum(protected[order])[:19] > needed[1:]
        best = np.maximum.accumulate(score[order][::-1])[::-1]
        assert (score[order][1:20][free] == best[1:20][free]).all()


@pytest.mark.parametrize("at_least", [1.0, 0.8])
def test_equal_exposure_is_the_optimum_of_the_linear_program(at_least):
    rng = np.random.default_rng(7)
    for people in (3, 5, 7):
        score, protected = rng.normal(size=people), np.arange(people) >= people // 2
        curve = log_exposure(np.arange(1.0, people + 1))
        once = [np.eye(people)[:, [i]] @ np.ones((1, people)) for i in range(people)]
        once += [np.ones((people, 1)) @ np.eye(people)[[i]] for i in range(people)]
        share = np.where(protected, 1 / protected.sum(), -at_least / (~protected).sum())
        best = linprog(
            -np.outer(score, curve).ravel(),
            A_eq=[each.ravel() for each in once],
            b_eq=np.ones(2 * people),
            A_ub=[-np.outer(share, curve).ravel()],
            b_ub=[0],
        )
        query = np.zeros(people, dtype=np.int64)
        lottery = EqualExposure(at_least).rerank(query, score, protected)
        seen = lottery.expected(log_exposure(lottery.ranks.astype(float)), query)
        assert (seen * score).sum() == pytest.approx(-best.fun)
        assert seen[protected].mean() >= at_least * seen[~protected].mean() - 1e-9


def test_ndcg_is_that_of_scikit_learn():
    query, score, protected = lists(8)
    gain = np.random.default_rng(3).integers(0, 4, len(query)).astype(float)
    gain[np.unique(query, return_index=True)[1]] = 1.0
    found = ndcg(query, AsScored().rerank(query, score, protected).ranks[0], gain, 5)
    expected = [ndcg_score([gain[query == at]], [score[query == at]], k=5) for at in range(8)]
    np.testing.assert_allclose(found, expected)


def frame():
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"job": np.repeat(np.arange(20), 15), "gender": rng.choice(["man", "woman"], 300)})
    people["fit"] = rng.integers(0, 3, 300)
    return people.assign(score=people["fit"] + rng.normal(size=300) - (people["gender"] == "woman"))


def test_the_comparison_tells_what_a_group_gets_and_what_it_costs():
    asked = {"sensitive_features": "gender", "protected": "woman", "score": "score", "query": "job", "k": 5}
    table = compare_rerankers(frame(), **asked).set_index("reranker")
    assert table.loc["as scored", ["ndcg", "change"]].tolist() == [1.0, 0.0]
    assert table.loc["equal exposure", "exposure_ratio"] >= 1 - 1e-9
    assert (table["change"].iloc[1:] < 0).all()
    assert (table["share_in_top"].diff().iloc[1:] > 0).all()
    known = compare_rerankers(frame(), relevance="fit", **asked)
    assert (known["ndcg_low"] < known["ndcg"]).all()
    assert (known["exposure_ratio_low"] < known["exposure_ratio"]).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"protected": "wuman"}, 'protected="wuman" is not a group. Did you mean "woman"? Groups: man, woman.'),
        ({"score": None}, "There is nothing to rank anew: name score"),
        ({"k": 0}, "k=0 is out of range. Give a whole number of places from 1."),
        ({"sensitive_features": ["gender", "fit"]}, "compare_rerankers takes one sensitive feature"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, message):
    asked = {"sensitive_features": "gender", "protected": "woman", "score": "score", "query": "job"} | changed
    with pytest.raises(AuditError) as caught:
        compare_rerankers(frame(), **asked)
    assert str(caught.value).startswith(message)


def test_exposure_that_nobody_can_share_is_refused():
    with pytest.raises(AuditError, match=r"at_least=1\.2 is out of range"):
        EqualExposure(1.2)
