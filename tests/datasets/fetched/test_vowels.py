"""Vowels and captions as their files have them, and a recogniser that heard only men."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from biasaudit import datasets
from biasaudit.datasets.fetched import captions, vowels
from biasaudit.datasets.fetched._download import find
from biasaudit.errors import AuditError
from biasaudit.models.vowels import FORMANTS, VowelClassifier, held_out_vowels, vowel_errors

MEASURED = """(c) 1995 James Hillenbrand\r
col1:  filename\r
m01ae 323 174  663 2012 2659 3691  669 2008 2671  671 1992 2659  685 1773 2680 \r
g12eh 250 102  628    0 2477    0  627 1871 2456  636 1881 2455  628 1793    0 \r
"""
ANSWERS = """col2 = Percent correct ID\r
m01ae.w     95.0   0   0   0   1  19   0   0   0   0   0   0   0  ae\r
g12eh.w     30.0   0   0   0   6  13   0   0   0   0   0   0   0  ae *\r
"""


@pytest.fixture(scope="module")
def frame():
    if not all(find(name, sha256) for name, sha256 in vowels.FILES.items()):
        pytest.skip("the vowels are not at hand")
    return datasets.fetch_vowels().frame


@pytest.fixture(scope="module")
def errors(frame):
    return vowel_errors(frame)


def rates(errors):
    return errors.groupby("group")["error_rate"].mean()


def test_files_are_read_as_they_are_written(tmp_path, monkeypatch):
    (tmp_path / "vowdata.dat").write_text(MEASURED, newline="")
    (tmp_path / "iddata.dat").write_text(ANSWERS, newline="")
    monkeypatch.setattr(vowels, "fetch", lambda url, sha256, name, **_: tmp_path / name)
    data = datasets.fetch_vowels()
    man, girl = data.frame.to_dict("records")
    assert (man["talker"], man["group"], man["vowel"], man["word"]) == ("m01", "men", "ae", "had")
    assert [man[name] for name in ("duration", "f0", "F1", "F4", "F1_20", "F3_80")] == [323, 174, 663, 3691, 669, 2680]
    assert (man["heard"], man["heard_right"], man["heard_wrong"], man["heard_as"]) == (20, 19, 1, "ae")
    assert (girl["heard"], girl["heard_right"], girl["heard_wrong"], girl["heard_as"]) == (19, 6, 13, "ae")
    assert [name for name in vowels.MEASURED if np.isnan(girl[name])] == ["F2", "F4", "F3_80"]
    assert list(data.frame.columns) == list(data.card.columns)
    assert not set(data.features) & {"heard", "heard_right", "heard_wrong", "heard_as", "vowel", "group"}


def test_who_spoke(frame):
    assert len(frame) == datasets.fetch_vowels().card.rows == 1668
    assert frame.groupby("group")["talker"].nunique().to_dict() == {"men": 45, "women": 48, "boys": 27, "girls": 19}
    assert (frame.groupby("talker")["vowel"].nunique() == 12).all()
    complete = frame[list(FORMANTS)].notna().all(axis=1)
    assert complete.sum() == 1617
    dropped = (~complete).groupby(frame["group"]).mean().mul(100).round(1)
    assert dropped.to_dict() == {"men": 1.5, "women": 3.1, "boys": 5.9, "girls": 2.6}


def test_what_people_heard(frame):
    right = (frame["heard_right"] / frame["heard"]).groupby(frame["group"]).mean()
    figures = {figure.statement: figure.value for figure in vowels.CARD.published_figures}
    for group in ("men", "women", "boys", "girls"):
        assert figures[f"Tokens of {group} that listeners identified right"] == f"{100 * right[group]:.2f} %"
    assert frame.loc[frame["heard"] != 20, "token"].tolist() == ["g12eh"]
    named = frame["heard_right"] > frame["heard"] / 2
    assert (frame.loc[named, "heard_as"] == frame.loc[named, "vowel"]).all()


def test_one_who_learnt_from_men(errors):
    """Expected near men 17 %, women 45 %, boys 58 %, girls 65 %: within what the choice of talkers does."""
    lowest, highest = (errors.groupby("group")["error_rate"].agg(how) for how in ("min", "max"))
    for group, expected in {"men": 0.17, "women": 0.45, "boys": 0.58, "girls": 0.65}.items():
        assert lowest[group] <= expected <= highest[group]
        assert abs(rates(errors)[group] - expected) < 0.04
    assert rates(errors).round(2).to_dict() == {"men": 0.18, "women": 0.48, "boys": 0.60, "girls": 0.64}
    by_split = errors.pivot(index="split", columns="group", values="error_rate")
    assert (by_split["men"] < by_split[["women", "boys", "girls"]].min(axis=1)).all()


def test_one_who_learnt_from_everyone(frame, errors):
    everyone = vowel_errors(frame, train_on=("men", "women", "boys", "girls"))
    assert rates(everyone).round(2).to_dict() == {"men": 0.22, "women": 0.27, "boys": 0.29, "girls": 0.30}
    gaps = [rates(found).max() - rates(found).min() for found in (errors, everyone)]
    assert gaps[0] > 0.4
    assert gaps[1] < 0.1


def test_talkers_are_either_learnt_from_or_heard(frame):
    tokens = held_out_vowels(frame, random_state=3)
    heard = tokens.groupby("group")["talker"].nunique()
    assert heard.to_dict() == {"men": 23, "women": 48, "boys": 27, "girls": 19}
    again = held_out_vowels(frame.sample(frac=1, random_state=0), random_state=3)
    assert tokens["wrong"].equals(again["wrong"].reindex(tokens.index))


def test_it_is_linear_discriminant_analysis(frame):
    whole = frame.dropna(subset=list(FORMANTS))
    men, hertz = whole["group"] == "men", whole[list(FORMANTS)]
    model = VowelClassifier().fit(hertz[men], whole.loc[men, "vowel"])
    oracle = LinearDiscriminantAnalysis(priors=np.full(12, 1 / 12))
    oracle.fit(np.log(hertz[men]), whole.loc[men, "vowel"])
    assert (model.predict(hertz) == oracle.predict(np.log(hertz))).all()


def talkers(groups=("men", "women"), seed=0):
    rng = np.random.default_rng(seed)
    rows = [(f"{group}{n}", group, vowel) for group in groups for n in range(6) for vowel in ("iy", "ah", "uw")]
    frame = pd.DataFrame(rows, columns=["talker", "group", "vowel"])
    means = {"iy": (300, 2300, 3000), "ah": (750, 1200, 2500), "uw": (330, 950, 2300)}
    hertz = np.array([means[vowel] for vowel in frame["vowel"]]) * np.exp(rng.normal(0, 0.05, (len(frame), 3)))
    hertz *= np.where(frame["group"] == "women", 1.6, 1.0)[:, None]
    return frame.assign(**dict(zip(FORMANTS, hertz.T, strict=True)))


def test_a_longer_tract_is_another_vowel():
    found = vowel_errors(talkers(), splits=3)
    assert found.groupby("group")["tokens"].unique().map(list).to_dict() == {"men": [9], "women": [18]}
    assert rates(found)["men"] == 0
    assert rates(found)["women"] > 0.2
    assert (found["wrong"] / found["tokens"] == found["error_rate"]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: vowel_errors(talkers(), train_on=["man"]),
            'train_on names "man", of which there are not two talkers. Did you mean "men"? Groups: men, women.',
        ),
        (
            lambda: vowel_errors(talkers(), splits=0),
            "splits=0 is out of range. Give a whole number from 1 to 10,000.",
        ),
        (
            lambda: VowelClassifier().predict([[300, 2300, 3000]]),
            "This VowelClassifier has learnt nothing yet. Call fit first.",
        ),
        (
            lambda: VowelClassifier().fit([[300, 0, 3000]], ["iy"]),
            "Formants are missing or not above 0 Hz. Give tokens of which every formant was measured.",
        ),
        (
            lambda: VowelClassifier().fit([[300, 2300, 3000], [700, 1200, 2500]], ["iy", "ah"]),
            "2 tokens of 2 vowels are too few to learn how formants vary. Give more.",
        ),
    ],
)
def test_what_is_wrong(call, message):
    with pytest.raises(AuditError) as caught:
        call()
    assert str(caught.value) == message


def test_captions_recount_the_figures_of_the_card():
    if not find(captions.FILE, captions.SHA256):
        pytest.skip("the captions are not at hand")
    data = datasets.fetch_caption_accuracy()
    frame, figures = data.frame, [figure.value for figure in data.card.published_figures]
    assert (len(frame), frame["speaker"].nunique(), frame["video"].nunique()) == (80, 80, 78)
    assert list(frame.columns) == list(data.card.columns)
    assert frame.groupby(["gender", "dialect"]).size().eq(8).all()
    words = frame.groupby("gender")[["words_right", "words"]].sum()
    assert [f"{right} of {total:,}" for right, total in words.loc[["woman", "man"]].to_numpy()] == figures[:2]
    share = frame["words_right"] / frame["words"]
    t = ttest_ind(share[frame["gender"] == "man"], share[frame["gender"] == "woman"], equal_var=False).statistic
    assert f"{t:.2f}" == figures[2] == "3.52"
    assert "not confirmed" in data.card.known_faults[0]
    twice = frame[frame.duplicated("video", keep=False)].sort_values(["video", "gender"])
    assert twice[["dialect", "gender"]].to_numpy().tolist() == [
        ["New England", "woman"],
        ["New England", "woman"],
        ["Georgia", "man"],
        ["Georgia", "woman"],
    ]


def test_captions_are_parsed_by_hand():
    text = "\t".join(captions.HEADER) + "\r\nScotland\tM\thttps://a\t18 \t37\t2013\t\r\n\r\n"
    assert captions._rows(text) == [["Scotland", "M", "https://a", "18", "37", "2013"]]
    with pytest.raises(AuditError) as caught:
        captions._rows("State\tGen\n")
    assert str(caught.value) == (
        f"\"{captions.FILE}\" is not read as expected: found 'State\\tGen'. "
        "Give columns State, Gen, URL, Correct, Total, year."
    )
