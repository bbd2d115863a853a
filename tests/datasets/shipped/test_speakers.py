"""Who speaks in collections of speech: what was counted, what was published, and how both are held against people."""

import pandas as pd
import pytest
from scipy.stats import binomtest

import biasaudit as ba
from biasaudit import AuditError, datasets
from biasaudit.datasets import compare_speakers, load_speaker_shares, speaker_population

HALVES = {"woman": 0.5, "man": 0.5}


def people(women, men):
    """Return a frame of speakers whose words were understood or not."""
    gender = ["woman"] * women + ["man"] * men
    return pd.DataFrame({"gender": gender, "understood": [n % 3 > 0 for n in range(women + men)]})


def audit(frame):
    return ba.audit_dataset(frame, label="understood", sensitive_features=["gender"], features=[])


def test_the_table():
    shares = load_speaker_shares()
    assert shares.set_index(["corpus", "group"])["value"].round(3).to_dict() == {
        ("audio_mnist", "woman"): 0.2,
        ("audio_mnist", "man"): 0.8,
        ("common_voice_25_en", "woman"): 0.178,
        ("common_voice_25_en", "man"): 0.433,
        ("common_voice_25_en", "undeclared"): 0.389,
        ("common_voice_25_en", "another answer"): 0.001,
        ("koenecke_2020", "Black"): 0.35,
        ("koenecke_2020", "white"): 0.19,
    }
    whole = shares[shares["measure"].str.startswith("share_of_")].groupby("corpus")["value"].sum()
    assert whole.round(3).eq(1).all()
    assert shares["source"].str.contains(r"\(20\d\d\)").all()


def test_only_counts_are_recomputed():
    shares = load_speaker_shares()
    counted = shares[shares["recomputed"]]
    assert (counted["count"] / counted["total"]).tolist() == counted["value"].tolist()
    assert counted["corpus"].unique().tolist() == ["audio_mnist"]
    assert shares.loc[~shares["recomputed"], ["count", "total"]].isna().all(axis=None)


def test_women_are_too_few():
    women = compare_speakers("audio_mnist", HALVES).iloc[0]
    assert (women["group"], women["count"], women["total"], women["ratio"]) == ("woman", 12, 60, 0.4)
    limits = binomtest(12, 60).proportion_ci(method="wilson")
    assert (women["share_low"], women["share_high"]) == pytest.approx((limits.low, limits.high))
    assert women["high"] < 1
    assert women["p_value"] < 1e-5


def test_a_population_with_names_of_its_own():
    residents = datasets.load_population("us_residents_sex")
    table = compare_speakers("audio_mnist", residents)
    assert table["population"].tolist() == [0.509, 0.491]
    assert compare_speakers("audio_mnist", {"Female": 0.509, "Male": 0.491}).equals(table)


def test_counts_as_rows_give_the_same_as_the_audit_of_a_data_set():
    found = audit(people(12, 48)).with_population({"gender": HALVES}).part("representation")
    woman = next(row for _, row in found.iterrows() if row["group"] == {"gender": "woman"})
    here = compare_speakers("audio_mnist", HALVES).iloc[0]
    assert [woman[name] for name in ("rows", "share", "share_low", "share_high", "estimate", "low", "high")] == [
        pytest.approx(here[name]) for name in ("count", "share", "share_low", "share_high", "ratio", "low", "high")
    ]
    assert woman["verdict"] == "shown"


@pytest.mark.parametrize("corpus", ["audio_mnist", "common_voice_25_en"])
def test_a_corpus_as_the_population(corpus):
    population = speaker_population(corpus)
    assert sum(population.shares.values()) == pytest.approx(1)
    found = audit(people(500, 500)).with_population({"gender": population.shares_of(["woman", "man"])})
    assert found.part("representation")["verdict"].tolist() == ["shown", "shown"]


def test_what_a_corpus_does_not_say():
    population = speaker_population("common_voice_25_en")
    assert population.shares["woman"] == pytest.approx(0.1775 / (0.1775 + 0.4327))
    assert population.caution == (
        "Shares of clips; 39.0 % are left out because the gender is not declared as one of the two."
    )
    assert speaker_population("audio_mnist").caution == "Shares of speakers."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: compare_speakers("common_voice_25_en", HALVES),
            '"common_voice_25_en" has shares and no counts of speakers, so nobody can say how sure they are. '
            "Take one with counts: audio_mnist.",
        ),
        (
            lambda: speaker_population("koenecke_2020"),
            '"koenecke_2020" has no shares of speakers. Corpora: audio_mnist, common_voice_25_en.',
        ),
        (
            lambda: compare_speakers("audiomnist", HALVES),
            '"audiomnist" has no shares of speakers. Did you mean "audio_mnist"? '
            "Corpora: audio_mnist, common_voice_25_en.",
        ),
        (
            lambda: compare_speakers("audio_mnist", {"Black": 0.12, "everyone else": 0.88}),
            "The population has the groups Black, everyone else. Give one of these: woman, man.",
        ),
        (
            lambda: compare_speakers("audio_mnist", [0.5, 0.5]),
            'population must map groups to shares, such as {"woman": 0.5, "man": 0.5}.',
        ),
        (
            lambda: compare_speakers("audio_mnist", {"woman": float("nan"), "man": 0.5}),
            "The shares of the population are {'woman': nan, 'man': 0.5}. Give numbers from 0 to 1.",
        ),
        (
            lambda: compare_speakers("audio_mnist", {"woman": 0.5, "man": 0.6}),
            "The shares of the population sum to 1.1, not to 1. Give all of them.",
        ),
    ],
)
def test_what_is_wrong(call, message):
    with pytest.raises(AuditError) as caught:
        call()
    assert str(caught.value) == message
