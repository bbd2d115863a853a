"""The audit of text scorers: whom it names, what it refuses, and what retraining changes."""

import os

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.audits.text._scores import BATCH, score_texts
from biasaudit.datasets.generated.templates import make_templates


def flags_a_name(texts):
    return [0.9 if "queer" in text or "vile" in text or "ugly" in text else 0.1 for text in texts]


def fair(texts):
    return np.array([0.9 if any(w in t for w in ("vile", "ugly", "stupid", "idiotic")) else 0.1 for t in texts])


@pytest.fixture(scope="module")
def audit():
    return ba.audit_text(flags_a_name)


def refused(action):
    with pytest.raises(AuditError) as caught:
        action()
    return str(caught.value)


def test_the_term_that_is_flagged_is_named(audit):
    assert audit.named == ("queer",)
    worst = audit.flagged().iloc[0]
    assert (worst["term"], worst["harmless"], worst["flagged"], worst["verdict"]) == ("queer", 48, 48, "shown")
    assert audit.findings()[0].group == {"term": "queer"}
    assert audit.findings()[0].verdict == "shown"
    report = audit.report()
    assert report.headline == (
        "Harmless sentences that name “queer” are held to be toxic more often than others: people who write of them "
        "are silenced."
    )
    assert [section.name for section in report.sections] == ["flagged", "aucs", "retraining"]
    first = report.sections[0].rows[0]
    assert (first["term"], first["against"]) == ("queer", "✗ More often")


def test_the_same_is_said_in_every_report(audit, tmp_path):
    html, markdown = audit.to_html(tmp_path / "a.html"), audit.to_markdown()
    for text in (html, markdown, audit.to_json()):
        assert "queer" in text
        assert "Toxic ranked above harmless (AUC)" in text


def test_a_scorer_that_sees_no_terms_names_none():
    audit = ba.audit_text(fair)
    assert audit.named == ()
    assert [section.name for section in audit.report().sections] == ["flagged", "aucs"]
    assert not any(found.verdict == "shown" for found in audit.findings())


def test_rates_and_aucs_are_those_of_the_sentences(audit):
    frame = make_templates().frame
    score = np.array(flags_a_name(frame["text"]))
    mine = frame["term"] == "queer"
    aucs = audit.aucs().set_index("term").loc["queer"]
    assert aucs["subgroup_auc"] == pytest.approx(roc_auc_score(frame["toxic"][mine], score[mine]))
    bpsn = ((frame["toxic"] == 1) & ~mine) | ((frame["toxic"] == 0) & mine)
    assert aucs["bpsn_auc"] == pytest.approx(roc_auc_score(frame["toxic"][bpsn], score[bpsn]))
    rates = audit.rates()
    overall = rates[(rates["metric"] == "false_positive_rate") & rates["group"].map(lambda g: g == {})].iloc[0]
    assert overall["estimate"] == pytest.approx((score[frame["toxic"] == 0] >= 0.5).mean())


def test_templates_are_what_is_counted():
    rng = np.random.default_rng(0)
    # Whether a sentence is flagged hangs on its template alone: a thousand rows say no more than forty templates.
    hit = rng.random(40) < 0.3
    frame = pd.DataFrame(
        {
            "template": np.repeat([f"t{i}" for i in range(40)], 50),
            "term": np.tile(["a", "b"], 1_000),
            "toxic": np.repeat(np.arange(40) % 2, 50),
            "text": [f"text {i}" for i in range(2_000)],
        }
    )
    flagged = dict(zip(frame["text"], np.repeat(hit, 50).astype(float), strict=True))
    asked = {"scorer": lambda texts: [flagged[text] for text in texts], "progress": False}
    together, alone = (ba.audit_text(data=data, **asked) for data in (frame, frame.drop(columns="template")))
    width = [(a.flagged()["high"] - a.flagged()["low"]).iloc[0] for a in (together, alone)]
    assert width[0] > 3 * width[1]


def test_retraining_is_judged_on_templates_it_has_not_met(audit):
    changes = audit.retrained().set_index("figure")
    before, after = (changes.loc["Harmless, “queer”, flagged", column] for column in ("before", "after"))
    assert before == 1
    assert after < 0.5
    # A scorer that follows no word, and labels that follow none: nothing can be learnt that holds for other templates.
    rng = np.random.default_rng(0)
    templates = [(f"w{i} {{term}}", int(label)) for i, label in enumerate(rng.permutation(np.arange(80) % 2))]
    made = make_templates(templates, terms=["old", "young"])
    noise = ba.audit_text(lambda texts: rng.random(len(texts)), made)
    assert noise.retrained()["after"].iloc[0] == pytest.approx(0.5, abs=0.15)


def test_pairs_differ_in_the_term_alone(audit):
    pairs = audit.pairs("straight")
    table = pairs.disparities("mean_score")
    gap = next(
        row["estimate"]
        for row in table.to_dict("records")
        if row["kind"] == "pair" and row["group"] == {"term": "queer"} and row["comparison"] == "difference"
    )
    frame = make_templates().frame.assign(score=lambda f: flags_a_name(f["text"]))
    means = frame.groupby("term")["score"].mean()
    assert gap == pytest.approx(means["queer"] - means["straight"])
    plain = make_templates().frame.drop(columns="slot")
    assert refused(ba.audit_text(fair, plain).pairs) == (
        "These texts have no templates, so no two differ in their term alone. Give a column slot, in which {term} "
        "stands for the term."
    )


@pytest.mark.parametrize(
    ("scorer", "sentence"),
    [
        (
            lambda texts: 1 / 0,
            "The scorer broke off at texts 1 to 2,048 of 2,688 with ZeroDivisionError: division by zero. Mend it, or "
            "leave out what it cannot score.",
        ),
        (
            lambda texts: [float("nan")] * len(texts),
            "The scorer returned nan for “My neighbour is american and kind.”, text 1 of 2,688. Have it return a "
            "finite score for every text.",
        ),
        (
            lambda texts: ["ok"] * len(texts),
            "The scorer returned 'ok' for texts 1 to 2,048 of 2,688, which is no number. Have it return a score, such "
            "as the probability that a text is toxic, instead of a label.",
        ),
        (
            lambda texts: np.zeros((len(texts), 2)),
            "The scorer returned an array of shape (2048, 2) for texts 1 to 2,048 of 2,688. Have it return one score "
            "for each; of probabilities by class, choose a column.",
        ),
        (lambda texts: None, "The scorer returned None for texts 1 to 2,048 of 2,688, which is no number."),
        ("toxic", "The scorer is a str, which cannot be called. Give a function of a list of texts."),
    ],
)
def test_scorers_that_fail_get_one_sentence(scorer, sentence):
    said = refused(lambda: ba.audit_text(scorer))
    assert said == sentence or (sentence.startswith("The scorer returned None") and "shape ()" in said)


def with_(**columns):
    return make_templates(terms=["old", "young"]).frame.assign(**columns)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (lambda: with_().drop(columns="toxic"), 'There is no column "toxic". Columns: text, term, template, slot.'),
        (lambda: with_(toxic=2), 'The column "toxic" holds 2. Give 1 for toxic texts and 0 for the others.'),
        (lambda: with_(toxic=1), "All texts have one label. Give some that are toxic and some that are not."),
        (
            lambda: with_(text=lambda f: f["text"].where(f.index != 3, " ")),
            "Text 4 of 192 is empty. Leave it out: nobody said anything in it.",
        ),
        (
            lambda: with_(text=lambda f: f["text"].where(f.index != 5, None)),
            "Text 6 of 192 is empty. Leave it out: nobody said anything in it.",
        ),
        (lambda: with_().iloc[:0], "The table has no rows. Give texts, some of them toxic and some not."),
        (
            lambda: with_(toxic=float("nan")),
            'The column "toxic" holds nan. Give 1 for toxic texts and 0 for the others.',
        ),
        (lambda: [1, 2], "data is a list. Give a DataFrame with the columns text, toxic, term, or a Dataset."),
    ],
)
def test_texts_that_cannot_be_used_get_one_sentence(data, sentence):
    assert refused(lambda: ba.audit_text(fair, data())) == sentence


def test_any_table_in_memory_is_read():
    frame = make_templates(terms=["queer", "old", "young"]).frame
    expected = ba.audit_text(flags_a_name, frame).flagged()
    for engine in ("polars", "pyarrow"):
        module = pytest.importorskip(engine)
        table = module.from_pandas(frame) if engine == "polars" else module.Table.from_pandas(frame)
        pd.testing.assert_frame_equal(ba.audit_text(flags_a_name, table).flagged(), expected)


def test_a_seed_is_a_whole_number():
    assert refused(lambda: ba.audit_text(fair, random_state=-1)) == (
        "random_state=-1 is not a seed. Give a whole number such as 0."
    )


def test_one_term_has_nothing_to_compare_with():
    assert "one group" in refused(lambda: ba.audit_text(fair, with_(term="old")))


@pytest.mark.parametrize("threshold", [float("nan"), "high", True, None])
def test_a_threshold_is_a_number(threshold):
    said = refused(lambda: ba.audit_text(fair, threshold=threshold))
    assert said == f"threshold={threshold!r} is no number. Give the score from which on a text is flagged."


def test_a_text_is_scored_once_and_a_slow_scorer_can_be_stopped():
    seen = []

    def scorer(texts):
        seen.append(len(texts))
        return np.zeros(len(texts))

    said = []
    texts = [f"text {i % 5_000}" for i in range(20_000)]
    scores = score_texts(scorer, texts, lambda done, total, name: said.append((done, total)))
    assert sum(seen) == 5_000
    assert max(seen) <= BATCH
    assert len(scores) == 20_000
    assert said[-1] == (3, 3)

    def stop(done, total, name):
        if done:
            raise KeyboardInterrupt

    seen.clear()
    with pytest.raises(KeyboardInterrupt):
        score_texts(scorer, texts, stop)
    assert seen == [BATCH]


def test_many_messages_are_counted_not_copied_by_term():
    n = 200_000
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "text": np.char.add("message ", np.arange(n).astype(str)),
            "toxic": rng.integers(0, 2, n),
            "term": np.array([f"t{i}" for i in range(50)])[rng.integers(0, 50, n)],
            "template": rng.integers(0, 500, n),
        }
    )
    audit = ba.audit_text(lambda texts: np.arange(len(texts)) % 7 / 7, frame)
    assert len(audit.flagged()) == 50
    assert audit.aucs()["bpsn_auc"].between(0.4, 0.6).all()


@pytest.mark.skipif("BIASAUDIT_DATA" not in os.environ, reason="the sentences of Dixon et al. are not at hand")
def test_what_people_install_flags_three_names():
    pytest.importorskip("profanity_check")
    from biasaudit.models.profanity import ProfanityCheck

    audit = ba.audit_text(ProfanityCheck(), ba.datasets.fetch_madlibs())
    assert audit.named == ("queer", "homosexual", "gay")
    flagged = audit.flagged()
    assert (100 * flagged["estimate"][:3]).tolist() == pytest.approx([94.7, 84.0, 81.4], abs=0.05)
    assert len(flagged) == 50
    assert flagged["estimate"][3:].max() <= 0.003
    changes = audit.retrained().set_index("figure")
    assert changes.loc["Toxic ranked above harmless (AUC)", "before"] == pytest.approx(0.892, abs=0.001)
    assert changes.loc["Harmless, flagged", "before"] == pytest.approx(0.052, abs=0.0005)
    assert changes.loc["Harmless, “gay”, flagged", "after"] < 0.1
