"""The audit of rankings: published examples, verdicts, entry points, and one sentence for each wrong input."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import biasaudit as ba
from biasaudit.counts.rankings.places import log_exposure
from biasaudit.errors import AuditError

ASKED = {"sensitive_features": "gender", "query": "job", "score": "score"}


def people(gap=0.0, queries=40, size=12, seed=1):
    rng = np.random.default_rng(seed)
    job, gender = np.repeat(np.arange(queries), size), np.tile(["man", "woman"], queries * size // 2)
    score = rng.normal(size=queries * size) - gap * (gender == "woman")
    return pd.DataFrame({"job": job, "gender": gender, "score": score, "fit": rng.integers(0, 3, queries * size)})


def ranked(frame):
    place = frame.groupby("job")["score"].rank(ascending=False).astype(int)
    return frame.assign(rank=place)


def test_the_job_seekers_of_singh_and_joachims():
    """Section 1 of the paper: relevance of .80 and .77 on average, and exposure of .71 and .39."""
    frame = pd.DataFrame(
        {"gender": ["man"] * 3 + ["woman"] * 3, "rank": range(1, 7), "fit": [0.82, 0.81, 0.80, 0.79, 0.78, 0.77]}
    )
    rates = ba.audit_rankings(frame, sensitive_features="gender", rank="rank", relevance="fit", k=3).rates()
    seen = rates[rates["metric"] == "mean_exposure"]["estimate"].tolist()[1:]
    assert [round(value, 2) for value in seen] == [0.71, 0.39]
    merit = rates[rates["metric"] == "exposure_to_merit"]["estimate"].tolist()[1:]
    exact = [log_exposure(np.arange(1.0, 4)).sum() / 2.43, log_exposure(np.arange(4.0, 7)).sum() / 2.34]
    assert merit == pytest.approx(exact)


def test_of_one_ranking_only_fair_draws_can_be_told():
    audit = ba.audit_rankings(people(3.0, queries=1, size=40), sensitive_features="gender", score="score")
    assert set(audit.disparities()["verdict"]) == {"cannot tell"}
    assert set(audit.disparities()["low"].isna()) == {True}
    assert {row["verdict"] for _, row in audit.fair_draws().iterrows()} == {"shown", "cannot tell"}
    assert any("all rows are one ranking" in note for note in audit.warnings)
    fair = ba.audit_rankings(people(0.0, queries=1), sensitive_features="gender", score="score")
    assert {one.verdict for one in fair.findings()} == {"cannot tell"}


def test_a_gap_is_shown_and_equal_groups_are_not():
    audit = ba.audit_rankings(people(1.0), relevance="fit", k=3, **ASKED)
    shown = {one.metric for one in audit.findings() if one.verdict == "shown"}
    assert {"share_in_top_3", "mean_exposure", "fair_draws"} <= shown
    assert audit.check is not None
    alike = ba.audit_rankings(people(), relevance="fit", **ASKED)
    assert not any(one.verdict == "shown" for one in alike.findings())
    # Everybody's mean exposure is the same in any order, and its ratio close to 1 says so.
    ratio = alike.disparities("exposure").query("comparison == 'ratio' and kind == 'pair'").iloc[0]
    assert ratio["verdict"] == "not shown"


def test_to_overall_is_the_skew_of_linkedin():
    frame = people(0.7)
    audit = ba.audit_rankings(frame, k=5, **ASKED)
    place = ranked(frame)
    in_top = place[place["rank"] <= 5]["gender"].eq("woman").mean()
    row = audit.disparities("share_in_top_5").query("comparison == 'ratio' and kind == 'to_overall'")
    woman = row[row["group"] == {"gender": "woman"}].iloc[0]
    assert np.log(woman["estimate"]) == pytest.approx(np.log(in_top / 0.5))


def test_ranks_and_scores_of_every_engine_say_the_same():
    frame = ranked(people(0.5))
    by_score = ba.audit_rankings(frame, relevance="fit", **ASKED).disparities()
    asked = {"sensitive_features": "gender", "query": "job", "rank": "rank", "relevance": "fit"}
    shuffled = frame.sample(frac=1, random_state=2)
    for data in (shuffled, pl.from_pandas(shuffled), pl.from_pandas(shuffled).lazy(), nw.from_native(frame).to_arrow()):
        found = ba.audit_predictions(data, **asked).disparities()
        pd.testing.assert_frame_equal(found, by_score)


def test_pairwise_accuracy_counts_pairs():
    frame = people(queries=6)
    rates = ba.audit_rankings(frame, relevance="fit", k=3, **ASKED).rates()
    pairs = frame.merge(frame, on="job", suffixes=("", "_2")).query("fit > fit_2")
    pairs["right"] = pairs["score"] > pairs["score_2"]
    for name, same in (("pairwise_accuracy_within", True), ("pairwise_accuracy_between", False)):
        mine = pairs[(pairs["gender"] == pairs["gender_2"]) == same].groupby("gender")["right"].mean()
        found = rates[(rates["metric"] == name) & (rates["group"] != {})]["estimate"].tolist()
        assert found == pytest.approx([mine["man"], mine["woman"]])


def test_shares_of_the_top_lie_beside_those_of_fair_draws():
    table = ba.audit_rankings(people(2.0), k=3, **ASKED).top_shares()
    woman = table[table["group"] == {"gender": "woman"}].set_index("k")
    assert woman.loc[1, "share"] < woman.loc[1, "low"] < woman.loc[1, "expected"] == 0.5
    assert woman.loc[12, ["share", "low", "high"]].tolist() == [0.5, 0.5, 0.5]
    assert table.groupby("k")["share"].sum().round(9).eq(1).all()


def test_ties_share_places_and_are_told():
    frame = people().assign(score=1.0)
    audit = ba.audit_rankings(frame, k=4, **ASKED)
    rates = audit.rates()
    for metric, value in (("share_in_top_4", 1 / 3), ("mean_exposure", log_exposure(np.arange(1.0, 13)).mean())):
        assert rates[rates["metric"] == metric]["estimate"].tolist() == pytest.approx([value] * 3)
    assert any("480 people have the score of others of their ranking" in note for note in audit.warnings)


def test_k_and_the_curve_are_the_callers():
    audit = ba.audit_rankings(people(), k=[2, 7], exposure=lambda rank: 1 / rank, **ASKED)
    assert [m.name for m in audit.measures] == ["share_in_top_2", "share_in_top_7", "mean_exposure"]
    everyone = audit.rates().query("metric == 'mean_exposure'").iloc[0]
    assert everyone["estimate"] == pytest.approx((1 / np.arange(1, 13)).mean())
    assert audit.settings["exposure"] == "a curve of the caller's"
    first = ba.audit_rankings(people(1.0), k=[2, 7], primary="share_in_top_k", **ASKED)
    assert first.settings["primary"] == ["share_in_top_2", "share_in_top_7"]


@pytest.mark.parametrize("render", ["to_html", "to_markdown", "to_json"])
def test_reports_are_written_in_every_format(render):
    audit = ba.audit_rankings(people(1.0), relevance="fit", k=3, **ASKED)
    text = getattr(audit, render)()
    assert "share_in_top_3" in text or "Share in the top 3" in text


def _refused(frame, **asked):
    with pytest.raises(AuditError) as caught:
        ba.audit_rankings(frame, **({"sensitive_features": "gender", "query": "job"} | asked))
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {3: 3},
            'rank="rank" gives rank 3 twice (query "0"). Two people cannot stand in one place: name score= instead, '
            "where ties are shared.",
        ),
        (
            {3: 9},
            'rank="rank" has nobody at rank 4 and somebody at 5 (query "0"). Give the whole ranking from 1 on, or rank '
            "those who are there anew.",
        ),
        (
            {0: 0},
            'rank="rank" is below 1 in 1 rows, such as 0 (query "0"). Ranks count from 1: add 1 where yours begin at '
            "0.",
        ),
        (
            {1: 1.5},
            'rank="rank" is no whole number in 1 rows, such as 1.5 (query "0"). Ranks are whole numbers from 1; for '
            "anything else name score=, higher for those who stand above.",
        ),
        (
            {1: None},
            'rank="rank" is missing in 1 rows (query "0"). Give each row its rank, or leave these rows out.',
        ),
    ],
)
def test_ranks_are_places(change, message):
    ranks = [float(i + 1) for i in range(8)]
    for at, value in change.items():
        ranks[at] = np.nan if value is None else value
    frame = pd.DataFrame({"job": 0, "gender": ["man", "woman"] * 4, "rank": ranks})
    assert _refused(frame, rank="rank") == message


@pytest.mark.parametrize(
    ("asked", "change", "message"),
    [
        ({"rank": "rank", "score": "score"}, {}, "Give either rank or score, not both: they may disagree."),
        (
            {},
            {},
            "There is no ranking: name rank (places from 1) or score (higher for those who stand above).",
        ),
        (
            {"score": "score"},
            {"score": np.inf},
            'score="score" is missing, NaN or infinite in 480 rows, such as inf (query "0"). Give each row a score, or '
            "leave these rows out.",
        ),
        (
            {"score": "score", "relevance": "fit"},
            {"fit": -1},
            'relevance="fit" is negative in 480 rows, such as -1 (query "0"). Relevance is 0 or more, such as 0 and 1, '
            "or grades.",
        ),
        (
            {"score": "score", "relevance": "fit"},
            {"fit": 0},
            'relevance="fit" is 0 in every row. Leave relevance out, or name another column.',
        ),
        (
            {"score": "score", "k": [3, 12]},
            {},
            "k=12 is not less than the longest list, which holds 12 people: everybody is at the top. Give at most 11.",
        ),
        ({"score": "score", "k": 0}, {}, "k=0 is out of range. Give whole numbers of places from 1 to 1,000."),
        (
            {"score": "score", "k": "five"},
            {},
            "k='five' is no number of places. Give one or several, such as [5, 10].",
        ),
        (
            {"score": "score"},
            {"gender": "woman"},
            'All rows are in one group: gender="woman". A comparison needs two; name another sensitive feature or '
            "check the filter.",
        ),
        (
            {"score": "score"},
            {"job": range(480)},
            "No ranking holds two people, so nobody stands above anybody. Name query= by what the rankings are of, "
            "such as the job.",
        ),
        (
            {"score": "score"},
            {"job": None},
            'query="job" is missing in 480 rows. Say which ranking every row stands in, or leave these rows out.',
        ),
    ],
)
def test_wrong_input_is_one_sentence(asked, change, message):
    assert _refused(ranked(people()).assign(**change), **asked) == message


def test_rankings_and_decisions_are_not_asked_at_once():
    with pytest.raises(AuditError, match="y_true is for decisions and outcomes, and rank, query"):
        ba.audit_predictions(people(), y_true="fit", **ASKED)


def test_people_alone_in_a_ranking_are_named():
    frame = pd.concat([people(), people(queries=3, size=2).iloc[::2].assign(job=[90, 91, 92])])
    audit = ba.audit_rankings(frame, **ASKED)
    assert "3 of 43 rankings hold one person, who is compared with nobody." in audit.warnings


def test_generated_rankings_have_the_truth_that_was_planted():
    data = ba.datasets.make_ranking()
    audit = ba.audit_predictions(data, k=[3, 10])
    rates = audit.rates().set_index(["metric", audit.rates()["group"].map(lambda group: group.get("origin", ""))])
    truth = data.truth.planted.query("dial == 'all'").set_index(["quantity", "group"])["value"]
    for metric in ("share_in_top_3", "share_in_top_10", "mean_exposure"):
        for group in ("native", "migrant"):
            row = rates.loc[(metric, group)]
            # Four standard errors: the planted values are those of all rankings that could be drawn.
            assert abs(row["estimate"] - truth[metric, group]) < (row["high"] - row["low"])
    assert {"shown"} == {one.verdict for one in audit.findings() if one.metric == "share_in_top_10"}
    assert not any("is not used here" in note for note in audit.warnings)


def test_an_audit_of_a_cv_sorter_tells_its_lists():
    audit = ba.audit_cv(lambda job: lambda texts: [float("Anne" in text) for text in texts], jobs=["line cook"])
    section = next(one for one in audit.report().sections if one.name == "ranking")
    rows = {row["group"]["name"]: row for row in section.rows}
    woman, man = rows["white woman"], rows["white man"]
    assert woman["share_in_top_5"] > man["share_in_top_5"]
    assert woman["mean_exposure"] > man["mean_exposure"]
    assert woman["mean_exposure_low"] is None
    assert "One line cook" not in section.sentences[-1]
    assert section.sentences[-1] == "One job is one list, so nobody can say how sure these are."
